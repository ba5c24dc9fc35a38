"""The worker of a process: what it takes, what it leaves behind, how it ends."""

import asyncio
from typing import Any

import pytest
from channels.db import database_sync_to_async

from conversations.models import State, Turn, TurnEvent, TurnStatus, User
from conversations.turns.interrupted import close_interrupted
from conversations.turns.worker import Worker
from tests.turns.conversing import ask, attempts_of, ended, journaled, reload, stop, until
from tests.upstream import Gate, Hang, Reply, Upstream, begin, end, spoken, text

pytestmark = pytest.mark.django_db(transaction=True)


async def test_it_takes_what_was_asked_before_it_started(alice: User, upstream: Upstream) -> None:
    turn = await ask(alice)
    worker = Worker()

    await worker.start()

    assert (await ended(turn)).answer.state == State.COMPLETE
    await worker.drain(timeout_s=5)


async def test_beyond_its_limit_turns_wait_in_order(alice: User, ben: User, upstream: Upstream, settings: Any) -> None:
    settings.TURN_CONCURRENCY = 1
    upstream.script(Reply.streaming(begin(), text("A drowned"), Gate("middle"), end()), spoken())
    worker = Worker()
    await worker.start()
    first, second = await ask(alice), await ask(ben)
    await journaled(first, "A drowned")

    assert (await reload(second)).status == TurnStatus.QUEUED

    upstream.release("middle")
    assert (await ended(second)).answer.state == State.COMPLETE
    await worker.drain(timeout_s=5)


async def test_a_queued_turn_can_be_stopped(alice: User, upstream: Upstream) -> None:
    turn = await ask(alice)

    assert await stop(turn)

    assert (await ended(turn)).answer.state == State.STOPPED
    assert upstream.requests == []


async def test_draining_lets_a_running_answer_finish(alice: User, upstream: Upstream) -> None:
    upstream.script(Reply.streaming(begin(), text("A drowned "), Gate("middle"), text("valley."), end()))
    worker = Worker()
    await worker.start()
    turn = await ask(alice)
    await journaled(turn, "A drowned")

    draining = asyncio.create_task(worker.drain(timeout_s=5))
    upstream.release("middle")
    await draining

    turn = await reload(turn)
    assert (turn.answer.state, turn.answer.text) == (State.COMPLETE, "A drowned valley.")


async def test_draining_closes_what_does_not_finish_in_time(alice: User, upstream: Upstream) -> None:
    upstream.script(Reply.streaming(begin(), text("A drowned"), Hang()))
    worker = Worker()
    await worker.start()
    turn = await ask(alice)
    await journaled(turn, "A drowned")

    await worker.drain(timeout_s=0)

    turn = await reload(turn)
    assert (turn.answer.state, turn.answer.reason) == (State.FAILED, "interrupted")
    assert turn.answer.text == "A drowned"
    (entry,) = await attempts_of(turn)
    assert (entry.billed, entry.estimated, entry.request_id) == (True, True, "req_upstream")


async def test_a_drained_worker_takes_nothing_new(alice: User, upstream: Upstream) -> None:
    worker = Worker()
    await worker.start()
    await worker.drain(timeout_s=0)

    turn = await ask(alice)

    assert (await reload(turn)).status == TurnStatus.QUEUED
    assert not worker.is_running


@database_sync_to_async
def left_running(turn: Turn, *texts: str) -> None:
    """As a process leaves a turn that is killed in mid-answer."""
    tokens = {"input": 12, "cache_write_5m": 0, "cache_write_1h": 0, "cache_read": 5, "output": 1, "web_searches": 0}
    began = {"message_id": "msg_1", "model": "claude-opus-5-5", "tokens": tokens}
    Turn.objects.filter(pk=turn.pk).update(status=TurnStatus.RUNNING, began=began if texts else None)
    for piece in texts:
        TurnEvent.objects.create(turn=turn, block_index=0, block_type="text", text=piece)


async def test_a_turn_left_running_is_closed_with_its_text_and_an_estimate(alice: User) -> None:
    turn = await ask(alice)
    await left_running(turn, "A drowned ", "valley")

    closed = await database_sync_to_async(close_interrupted)()

    turn = await reload(turn)
    assert closed == 1
    assert (turn.answer.state, turn.answer.reason, turn.answer.text) == (
        State.FAILED,
        "interrupted",
        "A drowned valley",
    )
    (entry,) = await attempts_of(turn)
    assert (entry.input_tokens, entry.cache_read_tokens, entry.estimated) == (12, 5, True)
    assert entry.output_tokens >= 5


async def test_a_turn_left_before_its_answer_began_costs_nothing(alice: User) -> None:
    turn = await ask(alice)
    await left_running(turn)

    await database_sync_to_async(close_interrupted)()

    assert (await reload(turn)).answer.state == State.FAILED
    assert await attempts_of(turn) == []


async def test_two_hundred_questions_at_once_all_get_their_answer(upstream: Upstream, worker: Worker) -> None:
    people = [await database_sync_to_async(User.objects.create_user)(f"person-{n}") for n in range(40)]

    turns = [await ask(person, f"question {n}") for n in range(5) for person in people]

    async def all_ended() -> bool:
        return not await Turn.objects.active().aexists()

    await until(all_ended)
    assert await Turn.objects.filter(status=TurnStatus.COMPLETE).acount() == len(turns) == 200
