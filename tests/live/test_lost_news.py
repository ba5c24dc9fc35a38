"""News that did not arrive: a window looks at the rows, soon while an answer is on its way."""

from uuid import UUID

import pytest
from channels.db import database_sync_to_async

from conversations.announce.sender import send
from conversations.live import consumers
from conversations.models import Conversation, User
from conversations.turns.worker import Worker
from conversations.wire import topics
from tests.live.windows import watched_queries, window
from tests.turns.conversing import ask, ended, journaled
from tests.upstream import Gate, Reply, Upstream, begin, end, text

pytestmark = pytest.mark.django_db(transaction=True)


@database_sync_to_async
def change_in_silence(conversation_id: UUID) -> None:
    """As a change elsewhere whose news got lost."""
    Conversation.objects.advance([conversation_id])


async def test_while_an_answer_is_on_its_way_a_lost_fragment_is_soon_found(
    alice: User, upstream: Upstream, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "HASTE_S", 0.05)
    upstream.script(Reply.streaming(begin(), text("A drowned "), Gate("middle"), end()))
    turn = await ask(alice)
    await journaled(turn, "A drowned")

    async with window(alice, turn.conversation_id) as alices:
        await alices.frame()
        await change_in_silence(turn.conversation_id)
        assert "A drowned" in await alices.frame()
    upstream.release("middle")


async def test_while_news_of_other_processes_do_not_arrive_it_looks_often(
    alice: User, upstream: Upstream, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "HASTE_S", 0.05)
    monkeypatch.setattr(topics.fragments, "is_cut", True)
    turn = await ended(await ask(alice))

    async with window(alice, turn.conversation_id) as alices:
        await alices.frame()
        await change_in_silence(turn.conversation_id)
        assert "What is a fjord?" in await alices.frame()


async def test_when_news_may_have_been_lost_it_looks_at_once(alice: User, upstream: Upstream, worker: Worker) -> None:
    turn = await ended(await ask(alice))

    async with window(alice, turn.conversation_id) as alices:
        await alices.frame()
        await change_in_silence(turn.conversation_id)
        topics.fragments.doubt()
        assert "What is a fjord?" in await alices.frame()


async def test_a_window_whose_snapshot_cannot_be_read_is_told_to_come_again(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    turn = await ended(await ask(alice))

    async with window(alice, turn.conversation_id) as alices:
        await alices.frame()
        async with watched_queries(lost=1):
            send(turn.conversation_id, alices.revisions[-1] + 2, "<p>ahead of a lost one</p>")
            assert await alices.closed_with() == 1013


async def test_silence_is_broken_by_the_same_revision_again_so_that_a_dead_connection_shows(
    alice: User, upstream: Upstream, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "QUIET_S", 0.05)
    turn = await ended(await ask(alice))

    async with window(alice, turn.conversation_id) as alices:
        snapshot, beat = await alices.frame(), await alices.frame()
        assert alices.revisions[0] == alices.revisions[1]
        assert len(beat) < 100 < len(snapshot)
