"""GET /search/: one's own chats by their words, and the way to the message that was found."""

from typing import Any

import pytest
from django.test import Client

from conversations.announce.thread import PAGE_SIZE
from conversations.models import Conversation, Message, Role, User
from conversations.search.find import find
from tests.web.test_pages import chat_of, say

HTMX = {"HX-Request": "true"}


@pytest.fixture
def chat(alice: User) -> Conversation:
    chat = chat_of(alice, "On the sea")
    say(chat, "What is a fjord?")
    say(chat, 'A drowned valley. Ælfric would say: das Tal läuft voll, and so it "fills".', role=Role.ASSISTANT)
    return chat


@pytest.mark.parametrize(
    "words", ["fjord", "FJORD", "a what", "drowned valley", "läuft", "LÄUFT tal", "ælf", '"fills"', "rowne", "fjord?"]
)
def test_a_message_is_found_by_its_words(alice: User, chat: Conversation, words: str) -> None:
    (hit,) = find(alice, words)

    assert (hit.conversation_id, hit.title) == (chat.pk, "On the sea")
    assert hit.message_id
    assert hit.found.lower() in words.lower()


@pytest.mark.parametrize("words", ["", "   ", "glacier", "fjord valley", "%", "text", "type", "_"])
def test_what_is_not_there_is_not_found(alice: User, chat: Conversation, words: str) -> None:
    assert find(alice, words) == []


def test_a_title_is_found_too(alice: User, chat: Conversation) -> None:
    (hit,) = find(alice, "SEA the")

    assert (hit.conversation_id, hit.message_id, hit.found) == (chat.pk, None, "")


def test_nobody_finds_what_is_not_theirs_or_deleted(alice: User, ben: User, chat: Conversation) -> None:
    assert find(ben, "fjord") == []

    Conversation.objects.update(deleted_at=chat.created_at)

    assert find(alice, "fjord") == []


def test_chats_come_newest_first_each_with_its_newest_passage(alice: User, chat: Conversation) -> None:
    older = chat_of(alice, "Older", days_ago=3)
    say(older, "A fjord, long ago")
    newest = say(chat, f"{'Long before it. ' * 20}Another fjord{' and far behind' * 20}")

    first, second = find(alice, "fjord")

    assert (first.message_id, second.title) == (newest.pk, "Older")
    assert first.before.startswith("…")
    assert first.behind.endswith("…")
    assert len(first.before + first.found + first.behind) < 220


def test_a_version_that_is_not_shown_is_not_found(alice: User, chat: Conversation) -> None:
    question = chat.messages.get(position=0)
    Message.objects.create(
        conversation=chat, position=9, role=Role.USER, version=2, content=[{"type": "text", "text": "What is a bay?"}]
    )

    assert [hit.message_id for hit in find(alice, "bay")] != []
    assert find(alice, "fjord") == []
    Conversation.objects.update(leaf=question)
    assert [hit.message_id for hit in find(alice, "fjord")] == [question.pk]


def test_the_page_marks_the_word_and_leads_to_the_message(alice_client: Client, chat: Conversation) -> None:
    Message.objects.filter(position=0).update(content=[{"type": "text", "text": "Is <b>this</b> a fjord?"}])

    for headers in ({}, HTMX):
        page = alice_client.get("/search/", {"q": "this"}, headers=headers).text
        assert "Is &lt;b&gt;<mark>this</mark>&lt;/b&gt; a fjord?" in page
        assert f'/c/{chat.pk}/messages/{chat.messages.get(position=0).pk}/"' in page
    assert "<html" not in page
    assert "Nothing found." in alice_client.get("/search/", {"q": "glacier"}).text
    assert "Nothing found." not in alice_client.get("/search/").text
    assert alice_client.get("/search/", {"q": "x" * 10_000}).status_code == 200


def test_it_opens_at_the_message_wherever_that_stands(
    alice_client: Client, ben_client: Client, chat: Conversation
) -> None:
    first = chat.messages.get(position=0)
    address = f"/c/{chat.pk}/messages/{first.pk}/"
    assert alice_client.get(address)["Location"] == f"/c/{chat.pk}/#message-{first.pk}"

    for number in range(PAGE_SIZE):
        say(chat, f"Number {number}")

    response: Any = alice_client.get(address, follow=True)
    assert response.redirect_chain == [(f"/c/{chat.pk}/earlier/?before=1#message-{first.pk}", 302)]
    assert f'id="message-{first.pk}"' in response.text
    assert ben_client.get(address).status_code == 404
