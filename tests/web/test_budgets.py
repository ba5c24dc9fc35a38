"""What the pages tell of budgets: before they bite, when they do, and how much is left."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from conversations.models import AtLimit, Budget, Conversation, Message, PeopleGroup, Turn, User
from conversations.turns.finish import finish
from conversations.turns.stop import NOTHING_YET
from tests.usage.attempts import attempt, booked

HTMX = {"HX-Request": "true"}
PLENTY = Decimal(1000)


def sent(**more: str) -> dict[str, str]:
    return {"text": "What is a fjord?", "client_id": str(uuid4()), **more}


def budget(limit: str | Decimal, **facts: Any) -> Budget:
    return Budget.objects.create(limit=Decimal(limit), **facts)


@pytest.fixture
def nearly_spent(alice: User) -> Budget:
    """Alice has used four fifths and a little of hers."""
    costs = [booked(alice, attempt(request_id=f"req_{number}")).cost_usd for number in range(100)]
    return budget((sum(costs) / Decimal("0.81")).quantize(Decimal("0.01")), person=alice)


def test_a_question_without_room_comes_back_with_402_the_reset_and_whom_to_ask(
    alice_client: Client, alice: User
) -> None:
    budget("0.01", person=alice, contact="Dora, room 4")

    response = alice_client.post("/messages/", sent(model="claude-opus-5-5"), headers=HTMX)

    assert response.status_code == 402
    page = response.text
    assert "What is a fjord?" in page
    assert "Your budget for this month has no room" in page
    assert "ask Dora, room 4." in page
    assert "It resets <relative-time exact datetime=" in page
    assert not Conversation.objects.exists()


def test_without_script_the_whole_page_comes_back_with_the_words(alice_client: Client, alice: User) -> None:
    budget("0.01", person=alice)

    response = alice_client.post("/messages/", sent(model="claude-opus-5-5"))

    assert response.status_code == 402
    assert "<!doctype html>" in response.text
    assert "What is a fjord?" in response.text


def test_somebody_elses_budget_is_nobodys_business(ben_client: Client, alice: User) -> None:
    budget("0.01", person=alice)

    assert ben_client.post("/messages/", sent(), headers=HTMX).status_code == 204
    assert "budget" not in ben_client.get("/usage/").text.lower().replace("budgets.css", "")


@pytest.mark.parametrize("step", ["retry", "continue"])
def test_another_try_without_room_is_a_sentence_with_the_moment_of_the_reset(
    alice_client: Client, alice: User, step: str
) -> None:
    alice_client.post("/messages/", sent(), headers=HTMX)
    turn = Turn.objects.get()
    finish(turn.pk, NOTHING_YET, fence=0)
    budget("0.01", person=alice)

    address = f"/c/{turn.conversation_id}/messages/{turn.answer_id}/{step}/"
    response = alice_client.post(address, {"client_id": str(uuid4())}, headers=HTMX)

    assert response.status_code == 402
    assert response["Content-Type"].startswith("text/plain")
    assert "It resets on " in response.text
    assert "(UTC)" in response.text
    assert Turn.objects.count() == 1


def test_an_edit_without_room_is_a_sentence_too(alice_client: Client, alice: User) -> None:
    alice_client.post("/messages/", sent(), headers=HTMX)
    turn = Turn.objects.get()
    finish(turn.pk, NOTHING_YET, fence=0)
    budget("0.01", person=alice)

    edit = sent(edits=str(turn.question_id))
    response = alice_client.post(f"/c/{turn.conversation_id}/messages/", edit, headers=HTMX)

    assert response.status_code == 402
    assert "It resets on " in response.text
    assert Message.objects.count() == 2


def test_a_page_says_when_most_of_it_is_used_and_no_page_of_others(
    alice_client: Client, ben_client: Client, nearly_spent: Budget
) -> None:
    for page in ("/", "/usage/", "/instructions/"):
        assert "of your budget for this month is used." in alice_client.get(page).text
        assert "budget for this month is used" not in ben_client.get(page).text


def test_what_is_not_near_is_not_said_on_every_page(alice_client: Client, alice: User) -> None:
    budget(PLENTY, person=alice)
    booked(alice)

    assert "budget" not in alice_client.get("/").text


def test_nobody_is_warned_where_the_owner_wants_no_warning(alice_client: Client, nearly_spent: Budget) -> None:
    Budget.objects.update(warn_percent=None)

    assert "budget for this month" not in alice_client.get("/").text


def test_the_usage_page_shows_limit_use_rest_and_reset(alice_client: Client, nearly_spent: Budget) -> None:
    page = alice_client.get("/usage/").text

    assert f"of ${nearly_spent.limit}" in page
    assert "left" in page
    assert "At the limit nothing more is asked." in page
    assert '<relative-time exact datetime="' in page
    assert "% used" in page


def test_what_a_group_shares_is_told_as_a_share(alice_client: Client, alice: User) -> None:
    group = PeopleGroup.objects.create(name="Interns")
    alice.group = group
    alice.save()
    budget("777.77", group=group)
    booked(alice)

    page = alice_client.get("/usage/").text
    assert "Your group&#x27;s budget for this month" in page
    assert "by all together" in page
    assert "777.77" not in page


def test_the_answer_of_a_cheaper_model_says_why(alice_client: Client, alice: User) -> None:
    budget("0.01", person=alice, at_limit=AtLimit.DOWNGRADE)
    alice_client.post("/messages/", sent(model="claude-opus-5-5"), headers=HTMX)
    turn = Turn.objects.get()
    assert turn.model == "claude-haiku-5-5"
    finish(turn.pk, NOTHING_YET, fence=0)

    page = alice_client.get(f"/c/{turn.conversation_id}/").text
    assert "The budget for Claude Opus 5.5 is used up; Claude Haiku 5.5 was asked in its place." in page
