"""A reader that rests between two readings: nothing is lost, and resting is not silence."""

import asyncio

import pytest
from pytest_django import Settings

from conversations.claude.errors import ClaudeError
from conversations.claude.events import AnswerEnded, AttemptEnded, Event, TextArrived
from conversations.claude.stream import Answer, answer
from tests.upstream import Gate, Hang, Reply, Upstream, begin, end, spoken, text

from .conftest import QUESTION


class Metronome:
    """Lets a reader rest until the test says `tick`."""

    def __init__(self) -> None:
        self.rests = 0
        self.resting = asyncio.Event()
        self._tick = asyncio.Event()

    async def __call__(self) -> None:
        self.rests += 1
        self.resting.set()
        await self._tick.wait()

    def tick(self) -> None:
        """From now on nobody rests any more."""
        self._tick.set()


async def texts_of(stream: Answer) -> list[str]:
    return [event.text async for event in stream if isinstance(event, TextArrived)]


async def test_deltas_that_arrive_while_the_reader_rests_come_as_one(upstream: Upstream) -> None:
    upstream.script(
        Reply.streaming(begin(), text("A "), Gate("first"), *map(text, ("drowned ", "valley", ".")), Gate("all"), end())
    )
    pace = Metronome()
    reading = asyncio.create_task(texts_of(answer(QUESTION, pace=pace)))
    async with asyncio.timeout(10):
        await pace.resting.wait()
        upstream.release("first")
        await upstream.reached("all")

        pace.tick()
        upstream.release("all")

        assert await reading == ["A ", "drowned valley."]


async def test_there_is_no_rest_before_the_first_words_nor_after_the_last(upstream: Upstream) -> None:
    upstream.script(Reply.streaming(begin(), Gate("words"), text("All.") + end()))
    pace = Metronome()
    upstream.release("words")

    async with asyncio.timeout(10):
        assert await texts_of(answer(QUESTION, pace=pace)) == ["All."]

    assert pace.rests == 0


async def test_a_rest_is_not_claudes_silence(upstream: Upstream, settings: Settings) -> None:
    settings.CLAUDE_STALL_S = 0.2
    upstream.script(Reply.streaming(begin(), text("Words."), Gate("more"), text(" More.") + end()))
    pace = Metronome()
    reading = asyncio.create_task(texts_of(answer(QUESTION, pace=pace)))
    async with asyncio.timeout(10):
        await pace.resting.wait()
        upstream.release("more")

        await asyncio.sleep(3 * settings.CLAUDE_STALL_S)
        pace.tick()

        assert await reading == ["Words.", " More."]


async def test_stop_ends_a_rest(upstream: Upstream) -> None:
    upstream.script(Reply.streaming(begin(), text("Half."), Hang()))
    pace = Metronome()
    stream = answer(QUESTION, pace=pace)

    async def read() -> list[Event]:
        return [event async for event in stream]

    reading = asyncio.create_task(read())
    async with asyncio.timeout(10):
        await pace.resting.wait()
        stream.stop()
        events = await reading
        await upstream.left(upstream.requests[0])

    assert isinstance(events[-1], AttemptEnded)
    assert events[-1].reason == "stopped"


async def test_the_total_ends_a_rest(upstream: Upstream, settings: Settings) -> None:
    settings.CLAUDE_TOTAL_S = 0.3
    upstream.script(Reply.streaming(begin(), text("Half."), Hang()))

    async with asyncio.timeout(10):
        with pytest.raises(ClaudeError) as failed:
            await texts_of(answer(QUESTION, pace=Metronome()))

    assert failed.value.reason == "timeout_total"


async def test_a_connection_that_was_not_read_for_a_while_serves_the_next_question(upstream: Upstream) -> None:
    upstream.script(spoken("One valley. " * 40), spoken("Another valley. " * 40))

    async def rest() -> None:
        await asyncio.sleep(0.01)

    for words in ("One valley. " * 40, "Another valley. " * 40):
        events = [event async for event in answer(QUESTION, pace=rest)]
        assert "".join(event.text for event in events if isinstance(event, TextArrived)) == words
        assert isinstance(events[-1], AnswerEnded)

    assert upstream.connections == 1


async def test_an_answer_longer_than_any_buffer_passes_through_a_resting_reader(upstream: Upstream) -> None:
    words = ["valley " * 3000] * 60  # 1.2 MB
    upstream.script(Reply.streaming(begin(), *map(text, words), end()))

    async def rest() -> None:
        await asyncio.sleep(0)

    async with asyncio.timeout(60):
        assert "".join(await texts_of(answer(QUESTION, pace=rest))) == "".join(words)
