"""One pass: so many people ask within a second, and everybody reads until the answer has ended."""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import count
from time import monotonic
from typing import TypeVar

from aiohttp import ClientError, ClientSession

from tests.bench.answers import Question
from tests.bench.doors import Door, Visit
from tests.bench.processes import Server

ASK_WITHIN_S = 1.0
LOOK_EVERY_S = 0.01  # at our own lateness
WAIT_S = 120  # for one answer, whatever its length
REST_S = 0.3  # for work that a server does after the last frame: it belongs to the pass
ENTER_AT_ONCE = 20
keys = count(1)
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Seen:
    """What one person saw. Times are CLOCK_MONOTONIC seconds."""

    question: Question
    asked_at: float
    accepted: bool
    frames: list[tuple[float, bytes]]  # since the question was asked
    sent_at: list[float]  # when upstream sent each delta of this answer
    stored_text: str
    shown_words: list[str]


@dataclass(frozen=True, slots=True)
class Pass:
    cpu_s: float  # of the server's processes, from the first question to a moment after the last answer
    late_s: list[float]  # how late this process was, looked at every LOOK_EVERY_S: so late it may have read a frame
    seen: list[Seen]


class Bench:
    """A server under test with its door and the upstream behind it."""

    def __init__(self, door: Door, server: Server, http: ClientSession, upstream_port: int) -> None:
        self.door, self.server = door, server
        self.http, self.upstream_port = http, upstream_port

    async def run(
        self, people: int, kind: str, length: int, per_second: int, *, ask_within_s: float = ASK_WITHIN_S
    ) -> Pass:
        questions = [Question(next(keys), kind, length, per_second) for _ in range(people)]
        visits = await at_most(ENTER_AT_ONCE, [partial(self.door.enter, seat) for seat in range(people)])
        gc.disable()  # a collection of ours must not look like the server's latency
        late_s: list[float] = []
        watching = asyncio.create_task(_watch_lateness(late_s))
        cpu_s = self.server.cpu_s()
        asked = await asyncio.gather(
            *(
                _ask(visit, question, ask_within_s * place / people)
                for place, (visit, question) in enumerate(zip(visits, questions, strict=True))
            )
        )
        watching.cancel()
        await asyncio.sleep(REST_S)
        cpu_s = self.server.cpu_s() - cpu_s
        gc.enable()
        return Pass(cpu_s, late_s, await self._collect(visits, questions, asked))

    async def _collect(
        self, visits: list[Visit], questions: list[Question], asked: list[tuple[float, bool]]
    ) -> list[Seen]:
        async with self.http.get(f"http://127.0.0.1:{self.upstream_port}/sent") as response:
            sent: dict[str, list[float]] = await response.json()
        seen = []
        for visit, question, (asked_at, accepted) in zip(visits, questions, asked, strict=True):
            frames = [frame for frame in visit.socket.frames if frame[0] >= asked_at]
            sent_at, stored = sent.get(str(question.key), []), await visit.stored_text()
            seen.append(Seen(question, asked_at, accepted, frames, sent_at, stored, visit.shown_words()))
            visit.socket.close()
        return seen


async def at_most(number: int, calls: Iterable[Callable[[], Awaitable[Result]]]) -> list[Result]:
    """What they return, so many at a time."""
    turnstile = asyncio.Semaphore(number)

    async def through(call: Callable[[], Awaitable[Result]]) -> Result:
        async with turnstile:
            return await call()

    return list(await asyncio.gather(*map(through, calls)))


async def _watch_lateness(late_s: list[float]) -> None:
    while True:
        due_at = monotonic() + LOOK_EVERY_S
        await asyncio.sleep(LOOK_EVERY_S)
        late_s.append(monotonic() - due_at)


async def _ask(visit: Visit, question: Question, after_s: float) -> tuple[float, bool]:
    """(when, whether it was taken and answered)"""
    await asyncio.sleep(after_s)
    asked_at = monotonic()
    try:
        async with asyncio.timeout(WAIT_S):
            accepted = await visit.ask(question)
            if accepted:
                await visit.socket.ended
    except (TimeoutError, ConnectionError, ClientError):
        return asked_at, False
    return asked_at, accepted
