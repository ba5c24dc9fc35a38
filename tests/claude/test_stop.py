"""Stop means stop: the upstream is closed within a second, and the ledger learns what had arrived."""

import asyncio

import pytest
from pytest_django import Settings

from conversations.claude.events import (
    AnswerBegan,
    AnswerEnded,
    AttemptEnded,
    BlockEnded,
    Event,
    RetryWaits,
    TextArrived,
)
from conversations.claude.stream import Answer, answer
from tests.upstream import Gate, Hang, Reply, Upstream, begin, block_stop, message_delta, spoken, text

from .conftest import QUESTION

HALF = Reply.streaming(begin(input_tokens=40), text("Half of an answer of 36 characters.."), Hang())


async def reading(stream: Answer, kind: type) -> tuple[asyncio.Task[None], list[Event]]:
    """A task that reads the stream, once the first event of a kind has come."""
    came = asyncio.Event()
    events: list[Event] = []

    async def watch() -> None:
        async for event in stream:
            events.append(event)
            if isinstance(event, kind):
                came.set()

    task = asyncio.create_task(watch(), name="reader")
    async with asyncio.timeout(5):
        await came.wait()
    return task, events


async def test_stop_ends_the_iteration_in_order_and_closes_the_upstream(upstream: Upstream) -> None:
    upstream.script(HALF)
    stream = answer(QUESTION)
    task, events = await reading(stream, TextArrived)

    stream.stop()
    async with asyncio.timeout(1):
        await task
        await upstream.left(upstream.requests[0])

    last = events[-1]
    assert isinstance(last, AttemptEnded)
    assert (last.reason, last.stop_reason) == ("stopped", "")
    assert (last.billed, last.estimated) == (True, True)
    assert (last.tokens.input, last.tokens.output) == (40, 12)
    assert await stream.aclose() is None


async def test_stop_may_be_pressed_twice_and_after_the_end(upstream: Upstream) -> None:
    upstream.script(HALF)
    stream = answer(QUESTION)
    task, events = await reading(stream, TextArrived)

    stream.stop()
    stream.stop()
    await task
    stream.stop()

    assert len([event for event in events if isinstance(event, AttemptEnded)]) == 1


async def test_stop_before_the_first_byte_costs_nothing(upstream: Upstream) -> None:
    upstream.script(Reply.streaming(Gate("headers"), Hang()))
    stream = answer(QUESTION)
    upstream_reached = asyncio.create_task(upstream.reached("headers"))
    upstream_reached.add_done_callback(lambda _: stream.stop())

    (ended,) = [event async for event in stream]

    assert isinstance(ended, AttemptEnded)
    assert (ended.reason, ended.billed, ended.tokens.prompt) == ("stopped", False, 0)
    await upstream.left(upstream.requests[0])


async def test_stop_works_while_a_retry_waits(upstream: Upstream, settings: Settings) -> None:
    settings.CLAUDE_RETRIES = 2
    upstream.script(Reply.error(429, "rate_limit_error", retry_after="15"))
    stream = answer(QUESTION)
    task, events = await reading(stream, RetryWaits)

    stream.stop()
    async with asyncio.timeout(1):
        await task

    assert [type(event) for event in events] == [AttemptEnded, RetryWaits]
    assert len(upstream.requests) == 1


async def test_stop_before_reading_sends_nothing(upstream: Upstream) -> None:
    stream = answer(QUESTION)

    stream.stop()

    assert [event async for event in stream] == []
    assert upstream.requests == []


async def test_an_answer_with_its_stop_reason_is_complete_even_when_stopped(upstream: Upstream) -> None:
    upstream.script(Reply.streaming(begin(), text("All."), block_stop() + message_delta(), Hang()))
    stream = answer(QUESTION)
    task, events = await reading(stream, BlockEnded)

    stream.stop()
    await task

    assert events[-1] == AnswerEnded("end_turn")


async def test_the_reader_may_stop_from_inside_its_loop(upstream: Upstream) -> None:
    upstream.script(HALF)
    stream = answer(QUESTION)
    events: list[Event] = []

    async for event in stream:
        events.append(event)
        if isinstance(event, AnswerBegan):
            stream.stop()

    assert isinstance(events[-1], AttemptEnded)
    assert events[-1].reason == "stopped"


async def test_a_reader_that_gives_up_gets_the_ledger_facts_by_closing(upstream: Upstream) -> None:
    upstream.script(HALF)
    stream = answer(QUESTION)
    async for event in stream:
        if isinstance(event, TextArrived):
            break

    ended = await stream.aclose()

    assert ended
    assert (ended.tokens.input, ended.tokens.output, ended.estimated) == (40, 12, True)
    assert ended.reason == "interrupted"
    assert await stream.aclose() is None
    await upstream.left(upstream.requests[0])


async def test_a_cancelled_reader_stays_cancelled_and_can_settle_its_ledger(upstream: Upstream) -> None:
    upstream.script(HALF)
    stream = answer(QUESTION)
    task, _ = await reading(stream, TextArrived)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    ended = await stream.aclose()

    assert ended
    assert ended.tokens.output == 12
    await upstream.left(upstream.requests[0])


async def test_stop_and_cancel_at_once_is_a_cancel(upstream: Upstream) -> None:
    upstream.script(HALF)
    stream = answer(QUESTION)
    task, _ = await reading(stream, TextArrived)

    stream.stop()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await stream.aclose()


async def test_one_stopped_answer_leaves_the_others_alone(upstream: Upstream) -> None:
    upstream.script(HALF, spoken("Mine goes on."))
    stopped = answer(QUESTION)
    task, _ = await reading(stopped, TextArrived)

    stopped.stop()
    await task
    other = [event async for event in answer(QUESTION)]

    assert other[-1] == AnswerEnded("end_turn")


async def test_connections_are_used_again_after_a_whole_answer(upstream: Upstream) -> None:
    for _ in range(3):
        _ = [event async for event in answer(QUESTION)]

    assert upstream.connections == 1
