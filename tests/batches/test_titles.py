"""At night, where the owner wants it, chats without a title get one, and nobody's own title is touched."""

import json
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from conversations.batches.nightly import make_now, switch
from conversations.chats.keep import move
from conversations.models import Batch, BatchItem, Conversation, Message, NightlyBatch, Purpose, Role, UsageEntry, User
from conversations.projects.keep import begin
from tests.batches.conftest import look
from tests.upstream import Upstream, succeeded
from tests.usage.attempts import OPUS

pytestmark = pytest.mark.django_db


@pytest.fixture
def imported(alice: User) -> Conversation:
    """Without a title, as no chat is that was begun here."""
    chat = Conversation.objects.create(owner=alice, model=OPUS)
    said = [{"type": "text", "text": "What carves a fjord?"}], [{"type": "text", "text": "Ice does."}]
    question = Message.objects.create(conversation=chat, position=0, role=Role.USER, content=said[0])
    Message.objects.create(conversation=chat, position=1, role=Role.ASSISTANT, parent=question, content=said[1])
    return chat


def title_of(chat: Conversation) -> str:
    return Conversation.objects.visible_to(chat.owner).get().title


def named(upstream: Upstream, text: str) -> None:
    upstream.batches.takes_s = 0
    upstream.batches.result_for = lambda request: succeeded(request, text)
    switch(Purpose.TITLE, is_on=True)
    NightlyBatch.objects.update(due_at=Now() - timedelta(seconds=1))
    look(2)


def test_a_chat_without_a_title_gets_one(imported: Conversation, alice: User, upstream: Upstream) -> None:
    named(upstream, json.dumps({"title": "“How ice\n carves fjords.”"}))

    assert title_of(imported) == "How ice carves fjords"
    entry = UsageEntry.objects.get()
    assert (entry.purpose, entry.person, entry.conversation) == (Purpose.TITLE, alice, imported)
    assert entry.price["factor"] == "0.5"
    (sent,) = upstream.batches.created[0]["requests"]
    text = sent["params"]["messages"][0]["content"][0]["text"]
    assert "What carves a fjord?" in text
    assert "Ice does." in text
    assert "Ice" not in BatchItem.objects.get().answer


def test_it_counts_for_the_project_of_its_chat(imported: Conversation, alice: User, upstream: Upstream) -> None:
    move(imported, begin(alice, "Garden"))

    named(upstream, json.dumps({"title": "Fjords"}))

    assert UsageEntry.objects.get().project_id == imported.project_id


@pytest.mark.parametrize("text", ["Fjords", '{"title": 7}', '{"title": ["Fjords"]}', "{}", '{"title": " "}'])
def test_an_answer_of_another_shape_is_no_title(imported: Conversation, upstream: Upstream, text: str) -> None:
    named(upstream, text)

    assert title_of(imported) == ""
    assert UsageEntry.objects.count() == 1


def test_a_very_long_title_is_cut(imported: Conversation, upstream: Upstream) -> None:
    named(upstream, json.dumps({"title": "fjord " * 100}))

    assert len(title_of(imported)) <= 80


def test_a_title_that_came_meanwhile_stays(imported: Conversation, upstream: Upstream) -> None:
    batch = make_now(Purpose.TITLE)
    assert batch
    look()
    Conversation.objects.update(title="Mine")
    upstream.batches.result_for = lambda request: succeeded(request, json.dumps({"title": "Theirs"}))
    upstream.batches.takes_s = 0
    look()

    assert title_of(imported) == "Mine"


def test_a_chat_that_is_deleted_meanwhile_is_booked_all_the_same(imported: Conversation, upstream: Upstream) -> None:
    make_now(Purpose.TITLE)
    look()
    imported.delete()
    upstream.batches.takes_s = 0
    look()

    assert Batch.objects.get().state == "ended"
    assert UsageEntry.objects.get().cost_usd > 0


def test_chats_with_a_title_or_without_words_are_left_alone(imported: Conversation, alice: User) -> None:
    Conversation.objects.create(owner=alice, model=OPUS)
    Conversation.objects.filter(pk=imported.pk).update(title="Mine")

    assert make_now(Purpose.TITLE) is None
