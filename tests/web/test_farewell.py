"""A model goes: people are told before, and nothing of theirs fails silently after."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from conversations.claude import catalogue
from conversations.claude.cards import ListedModel
from conversations.claude.model_list import OFFERED
from conversations.claude.price_list import PRICE_LIST
from conversations.models import Conversation, Message, Role, State, Turn, User

OLD, NEW = "claude-sonnet-4-5", "claude-sonnet-5-5"


@pytest.fixture
def chat(alice: User) -> Conversation:
    return Conversation.objects.create(owner=alice, title="Fjords", model=OLD)


def retire(model: str = OLD) -> None:
    gone = ListedModel(model, "Claude Sonnet 4.5", "sonnet", lifecycle="retired")
    catalogue.learn([gone], offered=(*OFFERED, model), prices=PRICE_LIST)


def send(client: Client, chat: Conversation, **more: Any) -> Any:
    sent = {"text": "What is a fjord?", "client_id": uuid4(), **more}
    return client.post(f"/c/{chat.pk}/messages/", sent, headers={"hx-request": "true"})


def test_a_model_on_its_way_out_is_flagged_with_its_day_and_its_successor(
    alice_client: Client, chat: Conversation
) -> None:
    page = alice_client.get(f"/c/{chat.pk}/").text

    assert "Sonnet 4.5 · until 30 Nov 2026</option>" in page
    assert "Claude Sonnet 4.5 retires on 30 Nov 2026. Claude Sonnet 5.5 takes its place" in page


def test_a_chat_whose_model_has_retired_says_with_whom_it_goes_on(alice_client: Client, chat: Conversation) -> None:
    retire()

    page = alice_client.get(f"/c/{chat.pk}/").text

    assert "Claude Sonnet 4.5 has retired; this chat goes on with Claude Sonnet 5.5." in page
    assert f'<option value="{NEW}" selected ' in page
    assert f'value="{OLD}"' not in page


def test_a_window_from_before_is_told_and_loses_nothing(alice_client: Client, chat: Conversation) -> None:
    retire()

    refused = send(alice_client, chat, model=OLD)

    assert refused.status_code == 422
    assert "has retired; this chat goes on with Claude Sonnet 5.5. Send again if that is right." in refused.text
    assert "What is a fjord?" in refused.text
    assert f'<option value="{NEW}" selected ' in refused.text
    assert not Turn.objects.exists()


def test_what_is_sent_then_goes_to_the_successor(alice_client: Client, chat: Conversation) -> None:
    retire()

    assert send(alice_client, chat, model=NEW).status_code == 204
    assert Turn.objects.get().model == NEW


def test_without_a_choice_the_successor_is_asked(alice_client: Client, chat: Conversation) -> None:
    retire()

    assert send(alice_client, chat).status_code == 204
    assert Turn.objects.get().model == NEW


@pytest.mark.parametrize("step", ["retry", "continue"])
def test_trying_again_and_going_on_ask_the_successor(alice_client: Client, chat: Conversation, step: str) -> None:
    words = [{"type": "text", "text": "A drowned valley"}]
    question = Message.objects.create(conversation=chat, position=0, role=Role.USER, content=words)
    answer = Message.objects.create(
        conversation=chat, position=1, role=Role.ASSISTANT, parent=question, content=words, state=State.FAILED
    )
    retire()

    alice_client.post(f"/c/{chat.pk}/messages/{answer.pk}/{step}/", {"client_id": uuid4()})

    assert Turn.objects.get().model == NEW


def test_a_default_model_that_has_retired_gives_way(alice_client: Client, settings: Any) -> None:
    settings.CLAUDE_DEFAULT_MODEL = OLD
    retire()

    page = alice_client.get("/").text

    assert "answers as Claude Sonnet 5.5" in page
    assert f'value="{OLD}"' not in page
    assert "has retired" not in page
    sent = alice_client.post("/messages/", {"text": "Hello", "client_id": uuid4()})
    assert sent.status_code == 303
    assert Turn.objects.get().model == NEW


def test_a_model_without_a_price_says_so(alice_client: Client, chat: Conversation) -> None:
    Conversation.objects.update(model="claude-novel-9")

    assert "claude-novel-9 · price unknown" in alice_client.get(f"/c/{chat.pk}/").text
