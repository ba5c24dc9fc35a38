"""What the pages offer to people of a group."""

from uuid import uuid4

import pytest
from django.test import Client

from conversations.models import Conversation, PeopleGroup, Turn, User
from conversations.models.messages import State
from conversations.turns.finish import finish
from conversations.turns.stop import NOTHING_YET

HTMX = {"HX-Request": "true"}
HAIKU, OPUS = "claude-haiku-5-5", "claude-opus-5-5"


@pytest.fixture
def interns(alice: User) -> PeopleGroup:
    group = PeopleGroup.objects.create(
        name="Interns", allowed_models=[HAIKU], limits_tools=True, allowed_tools=["clock"]
    )
    User.objects.filter(pk=alice.pk).update(group=group)
    return group


def sent(**more: str) -> dict[str, str]:
    return {"text": "What is a fjord?", "client_id": str(uuid4()), **more}


def test_the_composer_offers_the_models_and_tools_of_the_group(
    alice_client: Client, ben_client: Client, interns: PeopleGroup
) -> None:
    hers, his = alice_client.get("/").text, ben_client.get("/").text

    assert f'value="{HAIKU}"' in hers
    assert f'value="{OPUS}"' not in hers
    assert f'value="{OPUS}"' in his
    assert "Calculator" not in hers
    assert "Calculator" in his


def test_a_model_of_another_group_is_refused_and_the_words_come_back(
    alice_client: Client, interns: PeopleGroup
) -> None:
    response = alice_client.post("/messages/", sent(model=OPUS), headers=HTMX)

    assert response.status_code == 422
    assert "not offered here" in response.text
    assert "What is a fjord?" in response.text
    assert not Turn.objects.exists()


def test_without_a_choice_it_is_a_model_of_the_group(alice_client: Client, interns: PeopleGroup) -> None:
    alice_client.post("/messages/", sent(), headers=HTMX)

    assert Turn.objects.get().model == HAIKU


def test_a_chat_whose_model_is_no_more_for_the_group_says_so_and_goes_on_with_another(
    alice_client: Client, alice: User
) -> None:
    alice_client.post("/messages/", sent(model=OPUS), headers=HTMX)
    turn = Turn.objects.get()
    finish(turn.pk, NOTHING_YET, fence=0)
    group = PeopleGroup.objects.create(name="Interns", allowed_models=[HAIKU])
    User.objects.filter(pk=alice.pk).update(group=group)

    page = alice_client.get(f"/c/{turn.conversation_id}/").text
    assert "Claude Opus 5.5 is not for your group." in page
    assert f'value="{OPUS}"' not in page

    refused = alice_client.post(f"/c/{turn.conversation_id}/messages/", sent(model=OPUS), headers=HTMX)
    assert refused.status_code == 422
    taken = alice_client.post(f"/c/{turn.conversation_id}/messages/", sent(model=HAIKU), headers=HTMX)
    assert taken.status_code == 204
    assert Conversation.objects.get().model == HAIKU


def test_what_failed_can_be_asked_of_the_models_of_the_group_alone(alice_client: Client, interns: PeopleGroup) -> None:
    alice_client.post("/messages/", sent(), headers=HTMX)
    turn = Turn.objects.get()
    finish(turn.pk, NOTHING_YET, fence=0)
    turn.answer.refresh_from_db()
    turn.answer.state, turn.answer.reason = State.FAILED, "overloaded"
    turn.answer.save(update_fields=["state", "reason"])

    page = alice_client.get(f"/c/{turn.conversation_id}/").text
    assert "Ask another model" not in page, "there is no other one"

    address = f"/c/{turn.conversation_id}/messages/{turn.answer_id}/retry/"
    assert alice_client.post(address, {"client_id": str(uuid4()), "model": OPUS}, headers=HTMX).status_code == 422
    assert Turn.objects.count() == 1


def test_a_group_whose_every_model_is_gone_asks_nobody(alice_client: Client, interns: PeopleGroup) -> None:
    interns.allowed_models = ["claude-gone-1"]
    interns.save()

    assert alice_client.get("/").status_code == 200
    assert alice_client.post("/messages/", sent(model=OPUS), headers=HTMX).status_code == 422
