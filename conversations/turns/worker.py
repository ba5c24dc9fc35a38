"""The worker of this process: claims queued turns, runs many at once, stops them on request, drains at the end.

Whatever it hears over the wire is a hint to look at the rows, and it looks now and then without one.
"""

import asyncio
import logging
from collections.abc import Iterable
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from conversations.claude.client import close_client, open_client
from conversations.errands.runner import Errands
from conversations.models import Turn
from conversations.turns import governor, leases
from conversations.turns.flush import Flusher
from conversations.turns.interrupted import AT_ONCE, close_held, close_left_behind, close_stale
from conversations.turns.places import tell_places
from conversations.turns.runner import Run
from conversations.turns.stop import stop_unwelcome
from conversations.turns.writer import Writer
from conversations.wire import topics

log = logging.getLogger(__name__)

TAKER = "taker"  # the loop that ends when draining begins
LOOK_EVERY_S = 1.0  # for queued turns whose nudge was lost, and for turns that another process left behind
LOOK_AT_OWN_EVERY_S = 0.5  # for a stop whose nudge was lost, and for turns that are not ours any more
AT_A_TIME = 16  # turns that are claimed in one go: to find the line costs as much as to claim several of it
SPARE = 8  # who loses a turn of the line to another worker tries the next ones
CLOSE_S = 0.7  # from the end of the draining time: what a turn gets to close its upstream and save itself


class Worker:
    """With `takes_turns` off it only closes what other processes leave behind, even when no worker is left to do it."""

    def __init__(self, *, takes_turns: bool = True) -> None:
        self.takes_turns = takes_turns
        self._id = uuid4()
        self._writer = Writer()
        self._flusher = Flusher(self._writer, self._lose)
        self._news = governor.News()
        self._slots = asyncio.Semaphore(settings.TURN_CONCURRENCY)
        self._runs: dict[int, Run] = {}
        self.errands = Errands()
        self._turns: set[asyncio.Task[None]] = set()
        self._loops: list[asyncio.Task[None]] = []
        self._lost = 0

    @property
    def is_running(self) -> bool:
        return bool(self._loops) and not any(loop.done() for loop in self._loops)

    async def start(self) -> None:
        """Close what an earlier process left behind, then take turns."""
        await self._writer.run(close_left_behind)
        loops = {"closer": self._close_stale(), "doorkeeper": self._stop_unwelcome(), "teller": self._tell_places()}
        if self.takes_turns:
            await open_client()  # reading the certificates to trust takes longer than a first word should
            await self._writer.run(leases.first_beat, self._id)
            loops |= {
                TAKER: self._take_turns(),
                "looker": self._look_at_own(),
                "heart": self._beat(),
                "flusher": self._flusher.run(),
            }
        self._loops = [asyncio.create_task(loop, name=name) for name, loop in loops.items()]

    async def drain(self, timeout_s: float) -> None:
        """No new turns. Running ones get `timeout_s` to finish and are then closed as interrupted, their text kept."""
        await _cancel(loop for loop in self._loops if loop.get_name() == TAKER)
        await _wait([*self._turns, *self.errands.tasks], timeout_s)
        for run in self._runs.values():
            run.interrupt()
        await _wait(self._turns, CLOSE_S)
        await self.errands.end()
        left = self._fences()
        await _cancel([*self._turns, *self._loops])
        await self._writer.attempt(close_held, left)
        await self._writer.attempt(leases.last_beat, self._id)
        await self._writer.close()
        await close_client()

    async def _take_turns(self) -> None:
        queued = topics.queued_turns.listen()
        try:
            while True:
                slots = await self._free_slots()
                while not (taken := await self._take(slots)):
                    await queued.next_within(LOOK_EVERY_S)
                for _ in range(slots - taken):
                    self._slots.release()
        finally:
            topics.queued_turns.leave(queued)

    async def _free_slots(self) -> int:
        """Waits for one, and takes what more there are up to AT_A_TIME."""
        await self._slots.acquire()
        slots = 1
        while slots < AT_A_TIME and not self._slots.locked():
            await self._slots.acquire()
            slots += 1
        return slots

    async def _take(self, at_most: int) -> int:
        """How many turns are ours now and run."""
        claiming = asyncio.ensure_future(self._writer.attempt(claim_next, at_most))
        try:
            await asyncio.shield(claiming)
        finally:  # also when draining begins meanwhile: a turn that is ours must not be left lying
            claimed = await claiming or {}
            for turn_id, fence in claimed.items():
                self._begin(turn_id, fence)
        return len(claimed)

    def _begin(self, turn_id: int, fence: int) -> None:
        run = self._runs[turn_id] = Run(turn_id, fence, self._flusher, self._writer, self._news)
        task = asyncio.create_task(run.run(), name=f"turn-{turn_id}")
        self._turns.add(task)
        task.add_done_callback(lambda task: self._ended(turn_id, task))
        log.info("turn taken", extra={"turn": turn_id})

    def _ended(self, turn_id: int, task: asyncio.Task[None]) -> None:
        run = self._runs.pop(turn_id)
        self._turns.discard(task)
        self._slots.release()
        if run.is_lost:
            self._lost += 1
            log.warning("turn lost", extra={"turn": turn_id, "lost_so_far": self._lost})
        else:
            self.errands.after(turn_id)
        if not task.cancelled() and (error := task.exception()):
            log.error("turn left without an end", extra={"turn": turn_id}, exc_info=error)

    async def _look_at_own(self) -> None:
        requests = topics.stop_requests.listen()
        try:
            while True:
                await requests.next_within(LOOK_AT_OWN_EVERY_S)
                seen = await self._writer.attempt(leases.look, self._fences()) if self._runs else None
                if seen:
                    self._obey(seen)
        finally:
            topics.stop_requests.leave(requests)

    def _obey(self, seen: leases.Look) -> None:
        for turn_id in seen.lost:
            self._lose(turn_id)
        for turn_id in seen.to_stop & self._runs.keys():
            self._runs[turn_id].stop()

    def _lose(self, turn_id: int) -> None:
        """Somebody else has the turn, or it is gone with its conversation: what we do for it ends."""
        run = self._runs.get(turn_id)
        if run:
            run.lose()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(settings.TURN_LEASE_S / 3)
            await self._writer.attempt(leases.beat, self._id, self._fences())

    async def _close_stale(self) -> None:
        while True:
            if await self._writer.attempt(self._close_some) != AT_ONCE:
                await asyncio.sleep(LOOK_EVERY_S)

    def _close_some(self) -> int:
        """Nobody can renew a lease while the database is away: when it is back, who lives gets the time to.

        It is asked in the writer's thread, since a call may stand in its line for a whole outage, and then goes well.
        """
        if self._writer.was_away_within(settings.TURN_LEASE_S):
            return 0
        return close_stale(besides=tuple(self._runs))

    async def _stop_unwelcome(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self._writer.attempt(stop_unwelcome)

    async def _tell_places(self) -> None:
        seen: frozenset[int] = frozenset()
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            seen = await self._writer.attempt(tell_places, self._id, seen, takes_turns=self.takes_turns) or frozenset()

    def _fences(self) -> dict[int, int]:
        return {turn_id: run.fence for turn_id, run in self._runs.items()}


def claim_next(at_most: int = 1) -> dict[int, int]:
    """The first turns of the line with their fences, now ours; none when none waits that may be asked now."""
    claimed: dict[int, int] = {}
    while not claimed and (line := governor.admitted(at_most + SPARE)):
        with transaction.atomic():  # all of them or none: what is claimed and not begun would wait for its lease to end
            for waiting in line:
                fence = Turn.objects.claim(waiting.pk, waiting.fence)
                if fence is not None:
                    claimed[waiting.pk] = fence
                if len(claimed) == at_most:
                    break
    return claimed


async def _wait(tasks: Iterable[asyncio.Task[None]], timeout_s: float) -> None:
    tasks = list(tasks)
    if tasks:
        await asyncio.wait(tasks, timeout=timeout_s)


async def _cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
    tasks = list(tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


_worker: Worker | None = None


async def start(*, takes_turns: bool = True) -> None:
    """Start the worker of this process on the running loop."""
    global _worker
    _worker = Worker(takes_turns=takes_turns)
    await _worker.start()


async def drain(timeout_s: float) -> None:
    """Let the running turns end, within `timeout_s` seconds and a moment more. Harmless when none was started."""
    global _worker
    worker, _worker = _worker, None
    if worker:
        await worker.drain(timeout_s)


def is_running() -> bool:
    return _worker is not None and _worker.is_running


def takes_turns() -> bool:
    """Whether this process answers turns itself."""
    return _worker is not None and _worker.takes_turns
