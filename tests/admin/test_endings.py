"""/admin/conversations/turn/report/: what did not come to its end, by day, class and model; and each one's requests."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import Conversation, Message, Role, Turn, TurnStatus, User
from tests.admin.conftest import StaffWith
from tests.usage.attempts import OPUS, SONNET, attempt, booked

LIST = "/admin/conversations/turn/"
REPORT = f"{LIST}report/"


def turn(person: User, status: TurnStatus, reason: str = "", *, model: str = OPUS, at: datetime | None = None) -> Turn:
    chat = Conversation.objects.create(owner=person, model=model)
    question = Message.objects.create(conversation=chat, position=0, role=Role.USER)
    facts: dict[str, Any] = {"model": model, "reason": reason, "parent": question}
    answer = Message.objects.create(conversation=chat, position=1, role=Role.ASSISTANT, **facts)
    asked = {"asked_by": person, "client_id": uuid4(), "model": model, "status": status}
    made = Turn.objects.create(conversation=chat, question=question, answer=answer, **asked)
    if at:
        Turn.objects.filter(pk=made.pk).update(created_at=at)
    return made


def classes(client: Client, query: str = "") -> list[tuple[str, str, str, int]]:
    found = client.get(f"{REPORT}{query}").context["classes"]
    return [(each.status, each.reason, each.model, each.count) for each in found]


def test_endings_are_counted_by_class_and_model(cleo_client: Client, alice: User, ben: User) -> None:
    for person in (alice, ben):
        turn(person, TurnStatus.FAILED, "overloaded")
    turn(alice, TurnStatus.FAILED, "overloaded", model=SONNET)
    turn(alice, TurnStatus.REFUSED)
    turn(alice, TurnStatus.STOPPED)
    turn(alice, TurnStatus.COMPLETE)
    turn(alice, TurnStatus.QUEUED)

    assert classes(cleo_client) == [
        ("failed", "overloaded", OPUS, 2),
        ("failed", "overloaded", SONNET, 1),
        ("refused", "", OPUS, 1),
        ("stopped", "", OPUS, 1),
    ]
    charts = cleo_client.get(REPORT).context["charts"]
    assert [(chart.name.removesuffix(" per day"), chart.summary) for chart in charts] == [
        ("Failed", "3 in all"),
        ("Refused", "1 in all"),
        ("Stopped by their person", "1 in all"),
    ]


def test_other_days_are_not_counted(cleo_client: Client, alice: User) -> None:
    day = timezone.now() - timedelta(days=100)
    turn(alice, TurnStatus.FAILED, "stalled", at=day)

    assert classes(cleo_client) == []
    assert "Every answer of these days came to its end." in cleo_client.get(REPORT).text
    assert classes(cleo_client, f"?from={day:%Y-%m-%d}&to={day:%Y-%m-%d}") == [("failed", "stalled", OPUS, 1)]


def test_a_class_leads_to_its_turns(cleo_client: Client, alice: User) -> None:
    failed = turn(alice, TurnStatus.FAILED, "overloaded")
    turn(alice, TurnStatus.FAILED, "stalled")
    turn(alice, TurnStatus.FAILED, "overloaded", model=SONNET)
    query = next(each.query for each in cleo_client.get(REPORT).context["classes"] if each.model == OPUS)

    listed = cleo_client.get(f"{LIST}?{query}").context["cl"].result_list

    assert [row.pk for row in listed] == [failed.pk]


def test_a_turn_shows_every_request_with_its_class_and_id(cleo_client: Client, alice: User) -> None:
    failed = turn(alice, TurnStatus.FAILED, "stalled")
    for number, reason in ((1, "overloaded"), (2, "stalled")):
        booked(alice, attempt(number=number, reason=reason, request_id=f"req_{number}"), turn=failed)
    page = cleo_client.get(f"{LIST}{failed.pk}/change/").text

    first, second = (
        page.index("<strong>overloaded</strong> <code>req_1"),
        page.index("<strong>stalled</strong> <code>req_2"),
    )
    assert first < second


def test_a_turn_without_a_request_says_so(cleo_client: Client, alice: User) -> None:
    failed = turn(alice, TurnStatus.FAILED, "attachment")

    assert "none was made" in cleo_client.get(f"{LIST}{failed.pk}/change/").text


def test_nonsense_gets_a_sentence(cleo_client: Client) -> None:
    page = cleo_client.get(f"{REPORT}?from=soon")

    assert page.status_code == 400
    assert "is not a date" in page.text


@pytest.mark.parametrize("right", ["view_usageentry", "view_refusalevent"])
def test_it_is_for_those_who_may_see_turns(staff_with: StaffWith, ben_client: Client, right: str) -> None:
    assert staff_with("view_turn").get(REPORT).status_code == 200
    assert staff_with(right).get(REPORT).status_code == 403
    assert ben_client.get(REPORT, follow=True).status_code == 403
