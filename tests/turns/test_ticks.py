"""The ticks: what was read is saved and shown together, first words do not wait."""

from collections.abc import Sequence

import pytest
from pytest_django import Settings

from conversations.models import TurnStatus, User
from conversations.turns import flush
from conversations.turns.frames import frame
from conversations.turns.live import LiveTurn
from conversations.turns.progress import Piece
from conversations.turns.worker import Worker
from conversations.wire import topics
from tests.turns.conversing import PATIENCE_S, ask, ended, journaled
from tests.upstream import Gate, Reply, Upstream, begin, end, text

pytestmark = pytest.mark.django_db(transaction=True)
A_MINUTE_MS = 60_000


@pytest.fixture
def slow_worker(settings: Settings, worker: Worker) -> Worker:
    """Its ticks are a minute apart."""
    settings.FLUSH_EVERY_MS = A_MINUTE_MS
    return worker


async def test_first_words_do_not_wait_for_a_tick_but_what_follows_does(
    alice: User, ben: User, upstream: Upstream, slow_worker: Worker
) -> None:
    for number in (1, 2):
        upstream.script(
            Reply.streaming(begin(), text("A drowned "), Gate(f"more {number}"), text("valley."), Gate("end"), end())
        )
    first = await ask(alice)
    await journaled(first, "A drowned ")
    upstream.release("more 1")
    await upstream.reached("more 1")

    second = await ask(ben)
    await journaled(second, "A drowned ")

    assert not await first.journal.filter(text__contains="valley").aexists()
    upstream.release("more 2")
    upstream.release("end")


async def test_what_comes_between_two_ticks_is_one_fragment(
    alice: User, upstream: Upstream, worker: Worker, settings: Settings
) -> None:
    settings.FLUSH_EVERY_MS = 500
    deltas = [text(f"word {number} ") for number in range(40)]
    upstream.script(Reply.streaming(begin(), text("A drowned "), Gate("more"), *deltas, Gate("end"), end()))
    turn = await ask(alice)
    await journaled(turn, "A drowned ")
    listener = topics.fragments.listen(turn.conversation_id)

    upstream.release("more")
    await journaled(turn, "word 39 ")
    upstream.release("end")
    await ended(turn)

    fragments = [await listener.next_within(PATIENCE_S)]
    while not (fragments[-1] and 'data-state="complete"' in fragments[-1].html):
        fragments.append(await listener.next_within(PATIENCE_S))
    topics.fragments.leave(listener, turn.conversation_id)
    assert len(fragments) < 10


async def test_an_answer_that_cannot_be_drawn_holds_up_nobody_and_is_whole_at_its_end(
    alice: User, ben: User, upstream: Upstream, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(live: LiveTurn, pieces: Sequence[Piece]) -> str:
        if any("drowned" in piece.text for piece in pieces):
            raise RecursionError
        return frame(live, pieces)

    monkeypatch.setattr(flush, "frame", faulty)
    upstream.script(Reply.streaming(begin(), text("A drowned "), Gate("more"), text("valley."), end()))
    upstream.script(Reply.streaming(begin(), text("A hill."), Gate("end"), end()))
    broken = await ask(alice)
    await journaled(broken, "A drowned ")

    whole = await ask(ben)
    await journaled(whole, "A hill.")
    listener = topics.fragments.listen(broken.conversation_id)
    upstream.release("more")
    upstream.release("end")

    assert (await ended(whole)).status == TurnStatus.COMPLETE
    assert (await ended(broken)).status == TurnStatus.COMPLETE
    fragment = await listener.next_within(PATIENCE_S)
    while fragment and "valley" not in fragment.html:
        fragment = await listener.next_within(PATIENCE_S)
    topics.fragments.leave(listener, broken.conversation_id)
    assert fragment
