"""What a window is sent: one snapshot, then one fragment for each revision."""

from uuid import uuid4

import pytest

from conversations.announce.sender import send
from conversations.models import User
from conversations.turns.worker import Worker
from tests.live.windows import window
from tests.turns.conversing import ask, ended, journaled, stop
from tests.upstream import Gate, Hang, Reply, Upstream, begin, end, spoken, text

pytestmark = pytest.mark.django_db(transaction=True)


async def test_the_first_frame_is_a_snapshot_of_the_thread(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(spoken("A drowned valley."))
    turn = await ended(await ask(alice))

    async with window(alice, turn.conversation_id) as alices:
        frame = await alices.frame()

    assert "What is a fjord?" in frame
    assert "A drowned valley." in frame
    assert f'id="message-{turn.answer_id}"' in frame


async def test_a_window_that_has_seen_everything_is_told_the_revision_and_then_the_news(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    turn = await ended(await ask(alice))
    async with window(alice, turn.conversation_id) as first:
        await first.frame()
    (newest,) = first.revisions

    async with window(alice, turn.conversation_id, seen=newest) as again:
        frame = await again.frame()
        send(turn.conversation_id, newest + 1, "<p>new</p>")
        assert "new" in await again.frame()

    assert again.revisions == [newest, newest + 1]
    assert "What is a fjord?" not in frame


@pytest.mark.parametrize("seen", [0, 9**30, -1, "x", "²", "", "1&seen=2"])
async def test_a_window_that_has_seen_something_else_gets_a_snapshot(
    alice: User, upstream: Upstream, worker: Worker, seen: object
) -> None:
    turn = await ended(await ask(alice))

    async with window(alice, turn.conversation_id, seen=seen) as alices:
        assert "What is a fjord?" in await alices.frame()


async def test_an_answer_streams_in_order_and_settles(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(Reply.streaming(begin(), text("A drowned "), Gate("middle"), text("valley."), end()))
    turn = await ask(alice)

    async with window(alice, turn.conversation_id) as alices:
        await alices.frame_with("A drowned")
        upstream.release("middle")
        await alices.frame_with('data-state="complete"')

    assert alices.revisions == list(range(alices.revisions[0], alices.revisions[-1] + 1))


async def test_a_window_opened_in_mid_answer_shows_all_text_so_far_and_goes_on(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(Reply.streaming(begin(), text("A drowned "), Gate("middle"), text("valley."), end()))
    turn = await ask(alice)
    await journaled(turn, "A drowned")

    async with window(alice, turn.conversation_id) as alices:
        assert "A drowned" in await alices.frame()
        upstream.release("middle")
        assert "A drowned valley." in await alices.frame_with('data-state="complete"')


async def test_two_windows_see_the_same_frames(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(Reply.streaming(begin(), text("A drowned "), Gate("middle"), text("valley."), end()))
    turn = await ask(alice)
    await journaled(turn, "A drowned")

    async with window(alice, turn.conversation_id) as first, window(alice, turn.conversation_id) as second:
        await first.frame()
        await second.frame()
        upstream.release("middle")
        await first.frame_with('data-state="complete"')
        await second.frame_with('data-state="complete"')

    assert first.frames[-1] == second.frames[-1]
    assert first.revisions == second.revisions


async def test_a_lost_fragment_is_answered_with_a_snapshot(alice: User, upstream: Upstream, worker: Worker) -> None:
    turn = await ended(await ask(alice))

    async with window(alice, turn.conversation_id) as alices:
        await alices.frame()
        send(turn.conversation_id, alices.revisions[-1] + 2, "<p>ahead of a lost one</p>")
        frame = await alices.frame()

    assert "What is a fjord?" in frame
    assert "ahead of a lost one" not in frame


async def test_an_old_fragment_is_not_shown_again(alice: User, upstream: Upstream, worker: Worker) -> None:
    turn = await ended(await ask(alice))

    async with window(alice, turn.conversation_id) as alices:
        await alices.frame()
        newest = alices.revisions[-1]
        send(turn.conversation_id, newest, "<p>old</p>")
        send(turn.conversation_id, newest + 1, "<p>new</p>")
        frame = await alices.frame()

    assert "new" in frame


async def test_a_stop_shows_in_every_window(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(Reply.streaming(begin(), text("A drowned"), Hang()))
    turn = await ask(alice)
    await journaled(turn, "A drowned")

    async with window(alice, turn.conversation_id) as alices:
        await stop(turn)
        frame = await alices.frame_with('data-state="stopped"')

    assert "A drowned" in frame


async def test_a_stranger_learns_nothing_of_a_conversation(
    ben: User, alice: User, upstream: Upstream, worker: Worker
) -> None:
    turn = await ask(alice)

    async with window(ben, turn.conversation_id) as foreign, window(ben, uuid4()) as unknown:
        assert await foreign.closed_with() == await unknown.closed_with() == 4404


async def test_somebody_signed_out_is_told_so(alice: User, upstream: Upstream, worker: Worker) -> None:
    turn = await ask(alice)

    async with window(None, turn.conversation_id) as nobodys:
        assert await nobodys.closed_with() == 4401


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None, "http://localhost:1"])
async def test_a_foreign_origin_is_refused_before_it_is_accepted(alice: User, origin: str | None) -> None:
    with pytest.raises(AssertionError, match="refused"):
        async with window(alice, uuid4(), origin=origin):
            pass
