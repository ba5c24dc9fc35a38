"""How hard a model is to work: chosen by the composer, kept with the conversation, and sent."""

from uuid import uuid4

import pytest
from django.test import Client

from conversations.models import Conversation, Turn, User
from conversations.turns.context import build_ask, material_of

HTMX = {"HX-Request": "true"}


def send(client: Client, url: str = "/messages/", **chosen: str) -> int:
    fields = {"text": "What is a fjord?", "client_id": str(uuid4())} | chosen
    return client.post(url, fields, headers=HTMX).status_code


def test_a_choice_is_kept_with_the_conversation_and_asked_for(alice: User, alice_client: Client) -> None:
    send(alice_client, effort="low", thinking="off", model="claude-haiku-5-5")

    conversation, turn = Conversation.objects.get(), Turn.objects.get()
    ask = build_ask(material_of(turn))
    assert (conversation.effort, conversation.thinking) == ("low", "off")
    assert (ask.effort, ask.thinking) == ("low", "off")
    page = alice_client.get(f"/c/{conversation.pk}/").text
    assert '<option value="low" selected>' in page
    assert '<option value="off" selected>' in page


def test_a_new_chat_leaves_it_to_the_model(alice: User, alice_client: Client) -> None:
    send(alice_client)

    conversation = Conversation.objects.get()
    assert (conversation.effort, conversation.thinking) == ("", "")


def test_a_form_that_says_nothing_of_it_leaves_it_as_it_is(alice: User, alice_client: Client) -> None:
    conversation = Conversation.objects.create(owner=alice, model="claude-opus-5-5", effort="max", thinking="on")

    send(alice_client, f"/c/{conversation.pk}/messages/")

    conversation.refresh_from_db()
    assert (conversation.effort, conversation.thinking) == ("max", "on")


def test_the_models_own_can_be_chosen_again(alice: User, alice_client: Client) -> None:
    conversation = Conversation.objects.create(owner=alice, model="claude-opus-5-5", effort="max")

    send(alice_client, f"/c/{conversation.pk}/messages/", effort="")

    conversation.refresh_from_db()
    assert conversation.effort == ""


@pytest.mark.parametrize("chosen", [{"effort": "endless"}, {"thinking": "perhaps"}])
def test_what_is_not_offered_comes_back_with_a_sentence(
    alice: User, alice_client: Client, chosen: dict[str, str]
) -> None:
    fields = {"text": "What is a fjord?", "client_id": str(uuid4()), "effort": "low"} | chosen

    response = alice_client.post("/messages/", fields, headers=HTMX)

    assert response.status_code == 422
    assert "not offered here" in response.text
    assert "What is a fjord?" in response.text


def test_a_refused_form_keeps_the_choice(alice: User, alice_client: Client) -> None:
    fields = {"text": "", "client_id": str(uuid4()), "effort": "low"}

    response = alice_client.post("/messages/", fields, headers=HTMX)

    assert response.status_code == 422
    assert '<option value="low" selected>' in response.text


def test_the_page_tells_what_each_model_takes(alice_client: Client) -> None:
    page = alice_client.get("/").text

    assert 'data-efforts="low medium high xhigh max" data-own-effort="medium" data-thinking=""' in page  # Opus 5.5
    assert 'data-own-effort="high" data-thinking="off"' in page  # Sonnet 5.5
