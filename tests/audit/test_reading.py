"""Reading what somebody wrote: by a right, for a typed reason, for a while, written down, and told to its owner."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import AuditEntry, Conversation, Message, Reading, Role, User
from conversations.models.audit import Deed
from tests.admin.conftest import CANARY, Chat, StaffWith, chat, staff_with

__all__ = ["chat", "staff_with"]

REASON = "Complaint 4711 of a colleague"


@pytest.fixture
def address(chat: Chat) -> str:
    return f"/admin/conversations/conversation/{chat.conversation.pk}/read/"


def deeds() -> list[tuple[str, int | None]]:
    told = AuditEntry.objects.filter(object_type="conversations.conversation").order_by("number")
    return list(told.values_list("deed", "person_id"))


def test_superusers_give_a_reason_too(cleo_client: Client, cleo: User, chat: Chat, address: str) -> None:
    asked = cleo_client.get(address).text
    assert CANARY not in asked
    assert "Why do you want to read this chat?" in asked
    assert deeds() == []

    opened = cleo_client.post(address, {"reason": REASON}, follow=True).text

    assert f"{CANARY} words" in opened
    assert f"{CANARY}.png" in opened
    assert deeds() == [(Deed.OPENED, cleo.pk), (Deed.READ, cleo.pk)]
    row = AuditEntry.objects.get(deed=Deed.OPENED)
    assert (row.object_id, row.facts) == (str(chat.conversation.pk), {"reason": REASON})
    assert CANARY not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize("reason", ["", "   ", "test", "x" * 301])
def test_no_reason_opens_nothing(cleo_client: Client, address: str, reason: str) -> None:
    response = cleo_client.post(address, {"reason": reason})

    assert response.status_code == 422
    assert CANARY not in response.text
    assert not Reading.objects.exists()


def test_each_look_is_written_down(cleo_client: Client, cleo: User, address: str) -> None:
    cleo_client.post(address, {"reason": REASON})
    cleo_client.get(address)
    cleo_client.get(address)

    assert deeds() == [(Deed.OPENED, cleo.pk), (Deed.READ, cleo.pk), (Deed.READ, cleo.pk)]


def test_without_the_right_nobody_reads(staff_with: StaffWith, alice_client: Client, chat: Chat, address: str) -> None:
    client = staff_with("view_conversation", "delete_conversation", "change_refusalevent", "view_refusalevent")

    for answer in (client.get(address), client.post(address, {"reason": REASON})):
        assert answer.status_code == 403
    assert (
        "Read, for a reason" not in client.get(f"/admin/conversations/conversation/{chat.conversation.pk}/change/").text
    )
    assert alice_client.post(address, {"reason": REASON}, follow=True).status_code == 403
    assert not Reading.objects.exists()


def test_with_the_right_a_reader_needs_nothing_more(staff_with: StaffWith, address: str) -> None:
    assert CANARY in staff_with("read_words").post(address, {"reason": REASON}, follow=True).text


def test_it_opens_for_one_reader_alone(cleo_client: Client, address: str) -> None:
    cleo_client.post(address, {"reason": REASON})
    dora = User.objects.create_superuser("dora")
    other = Client()
    other.force_login(dora)

    assert CANARY not in other.get(address).text


def test_it_opens_one_chat_alone(cleo_client: Client, chat: Chat, ben: User, address: str) -> None:
    cleo_client.post(address, {"reason": REASON})
    bens = Conversation.objects.create(owner=ben, title="canary")
    words = [{"type": "text", "text": "canary"}]
    Message.objects.create(conversation=bens, position=0, role=Role.USER, content=words)

    assert CANARY not in cleo_client.get(f"/admin/conversations/conversation/{bens.pk}/read/").text


def test_it_closes_by_itself(cleo_client: Client, address: str) -> None:
    cleo_client.post(address, {"reason": REASON})
    Reading.objects.update(ends_at=timezone.now() - timedelta(seconds=1))

    assert CANARY not in cleo_client.get(address).text


def test_it_is_open_for_as_long_as_is_set(cleo_client: Client, address: str, settings: Any) -> None:
    settings.READING_S = 120
    assert "for 2 minutes" in cleo_client.get(address).text

    cleo_client.post(address, {"reason": REASON})

    reading = Reading.objects.get()
    assert reading.ends_at - reading.opened_at == timedelta(minutes=2)


def test_the_reader_closes_it(cleo_client: Client, cleo: User, address: str) -> None:
    cleo_client.post(address, {"reason": REASON})
    cleo_client.post(address, {"close": "1"})

    assert CANARY not in cleo_client.get(address).text
    assert deeds()[-1] == (Deed.CLOSED, cleo.pk)


def test_a_chat_that_its_owner_deleted_is_not_read(cleo_client: Client, chat: Chat, address: str) -> None:
    Conversation.objects.update(deleted_at=timezone.now())

    assert cleo_client.get(address).status_code == 404
    assert cleo_client.post(address, {"reason": REASON}).status_code == 404


def test_one_answer_is_read_with_its_question_and_nothing_else(cleo_client: Client, chat: Chat, address: str) -> None:
    later = [{"type": "text", "text": "another matter"}]
    Message.objects.create(
        conversation=chat.conversation, position=2, role=Role.USER, parent=chat.answer, content=later
    )
    cleo_client.post(address, {"reason": REASON})

    page = cleo_client.get(f"{address}?answer={chat.answer.pk}").text

    assert page.count(f"{CANARY} words") == 2
    assert "another matter" not in page
    assert AuditEntry.objects.filter(deed=Deed.READ).latest("number").facts == {"messages": "2"}


def test_what_somebody_wrote_is_text_there(cleo_client: Client, chat: Chat, address: str) -> None:
    Message.objects.update(content=[{"type": "text", "text": "<img src=x onerror=alert(1)>"}])

    page = cleo_client.post(address, {"reason": REASON}, follow=True).text

    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_the_owner_is_told_until_they_have_seen_it(
    cleo_client: Client, alice_client: Client, ben_client: Client, address: str, chat: Chat
) -> None:
    assert "read your chat" not in alice_client.get("/").text
    cleo_client.post(address, {"reason": REASON})

    page = alice_client.get("/").text
    assert "Somebody who runs this site read your chat" in page
    assert REASON not in page
    assert "cleo" not in page
    assert "read your chat" not in ben_client.get("/").text

    newest = Reading.objects.get()
    ben_client.post("/readings/seen/", {"until": newest.pk})
    assert "read your chat" in alice_client.get("/").text
    assert alice_client.post("/readings/seen/", {"until": newest.pk - 1}).status_code == 303
    assert "read your chat" in alice_client.get("/").text

    alice_client.post("/readings/seen/", {"until": newest.pk})
    assert "read your chat" not in alice_client.get("/").text


def test_a_page_asks_for_readings_only_when_there_is_news(
    cleo_client: Client, alice_client: Client, alice: User, address: str
) -> None:
    cleo_client.post(address, {"reason": REASON})
    alice.refresh_from_db()
    assert alice.has_unseen_readings

    first = Reading.objects.get()
    cleo_client.post(address, {"close": "1"})
    cleo_client.post(address, {"reason": REASON})
    alice_client.post("/readings/seen/", {"until": first.pk})
    alice.refresh_from_db()
    assert alice.has_unseen_readings

    alice_client.post("/readings/seen/", {"until": Reading.objects.order_by("pk")[1].pk})
    alice.refresh_from_db()
    assert not alice.has_unseen_readings


def test_a_site_may_do_without_the_notice(
    cleo_client: Client, alice_client: Client, address: str, settings: Any
) -> None:
    settings.READING_NOTICE = False
    assert "is told" not in cleo_client.get(address).text

    cleo_client.post(address, {"reason": REASON})

    assert "read your chat" not in alice_client.get("/").text
    assert AuditEntry.objects.filter(deed=Deed.OPENED).exists()


def test_a_look_into_ones_own_chat_is_no_news(cleo_client: Client, cleo: User, chat: Chat, address: str) -> None:
    Conversation.objects.update(owner=cleo)
    cleo_client.post(address, {"reason": REASON})

    assert "read your chat" not in cleo_client.get("/").text
