"""The people of a soak: each asks, reads to the end and asks again, whoever dies meanwhile."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from itertools import cycle
from time import monotonic

from aiohttp import ClientError

from tests.bench.answers import MARK, Question, missing_words, words_of_markdown
from tests.bench.doors import SiteDoor, SiteVisit, ends_in
from tests.bench.measure import PACED_LENGTH, PACED_PER_SECOND
from tests.bench.passes import keys

PATIENCE_S = 90  # for one answer, a worker's death and the lease of its turns included
TRY_AGAIN_S = 0.5


@dataclass
class Guests:
    """All of them, and what became of their questions: complete, interrupted, stuck, lost or vanished."""

    doors: list[SiteDoor]
    ends_at: float = 0.0
    fates: Counter[str] = field(default_factory=Counter)
    asking: dict[int, float] = field(default_factory=dict)  # when each question under way was asked, by its key

    async def talk(self, number: int, until: float) -> None:
        self.ends_at = until
        await asyncio.gather(*(self._talk(seat, delay_s=seat / number * 5) for seat in range(number)))

    def oldest_wait_s(self) -> float:
        return monotonic() - min(self.asking.values(), default=monotonic())

    async def _talk(self, seat: int, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        for door in cycle(self.doors[seat % len(self.doors) :] + self.doors[: seat % len(self.doors)]):
            if monotonic() > self.ends_at:
                return
            question = Question(next(keys), "prose", PACED_LENGTH, PACED_PER_SECOND)
            self.asking[question.key] = monotonic()
            self.fates[await self._fate(door, seat, question)] += 1
            del self.asking[question.key]

    async def _fate(self, door: SiteDoor, seat: int, question: Question) -> str:
        try:
            async with asyncio.timeout(PATIENCE_S):
                visit = door.visit(seat)
                await _answered(visit, question)
        except TimeoutError:
            return "stuck"
        visit.socket.close()
        return _judged(visit, question)


async def _answered(visit: SiteVisit, question: Question) -> None:
    is_taken = False
    while True:
        try:
            await visit.open()
            is_taken = is_taken or await visit.ask(question)
            if is_taken:
                await visit.socket.ended
                return
        except (OSError, ClientError):
            pass  # whoever was there is gone
        await asyncio.sleep(TRY_AGAIN_S)


def _judged(visit: SiteVisit, question: Question) -> str:
    last = visit.last_frame()
    shown = {mark for frame in visit.frames() for mark in MARK.findall(frame.decode())}
    if not shown <= set(MARK.findall(last.decode())):
        return "vanished"
    if not ends_in(last, "complete"):
        return "interrupted"
    return "lost" if missing_words(words_of_markdown(question.answer), visit.shown_words()) else "complete"
