"""The worker of this process: claims queued turns, runs many at once, stops them on request, drains at the end."""

import asyncio
import logging
from collections.abc import Iterable

from django.conf import settings

from conversations.claude.client import close_client, open_client
from conversations.models import Turn
from conversations.turns.flush import Flusher
from conversations.turns.interrupted import close_interrupted
from conversations.turns.runner import Run
from conversations.turns.writer import Writer
from conversations.wire import topics
from conversations.wire.hub import Listener

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0  # for queued turns whose nudge was lost
CLOSE_S = 1.0  # from the end of the draining time: what a turn gets to close its upstream and save itself


class Worker:
    def __init__(self) -> None:
        self._writer = Writer()
        self._flusher = Flusher(self._writer)
        self._slots = asyncio.Semaphore(settings.TURN_CONCURRENCY)
        self._runs: dict[int, Run] = {}
        self._turns: set[asyncio.Task[None]] = set()
        self._loops: list[asyncio.Task[None]] = []

    @property
    def is_running(self) -> bool:
        return bool(self._loops) and not any(loop.done() for loop in self._loops)

    async def start(self) -> None:
        """Close what an earlier process left behind, then take turns."""
        await open_client()  # reading the certificates to trust takes longer than a first word should
        closed = await self._writer.run(close_interrupted)
        if closed:
            log.warning("interrupted turns closed", extra={"turns": closed})
        self._loops = [
            asyncio.create_task(self._take_turns(), name="turns-taker"),
            asyncio.create_task(self._obey_stops(), name="turns-stopper"),
            asyncio.create_task(self._flusher.run(), name="turns-flusher"),
        ]

    async def drain(self, timeout_s: float) -> None:
        """No new turns. Running ones get `timeout_s` to finish and are then closed as interrupted, their text kept."""
        await _cancel(self._loops[:1])
        await _wait(self._turns, timeout_s)
        for run in self._runs.values():
            run.interrupt()
        await _wait(self._turns, CLOSE_S)
        await _cancel([*self._turns, *self._loops])
        await self._writer.run(close_interrupted)
        await self._writer.close()
        await close_client()

    async def _take_turns(self) -> None:
        queued = topics.queued_turns.listen()
        try:
            while True:
                await self._slots.acquire()
                self._begin(await self._next_turn(queued))
        finally:
            topics.queued_turns.leave(queued)

    async def _next_turn(self, queued: Listener[int]) -> int:
        while True:
            turn_id = await self._writer.run(claim_next)
            if turn_id is not None:
                return turn_id
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await queued.next()
            except TimeoutError:
                continue

    def _begin(self, turn_id: int) -> None:
        run = self._runs[turn_id] = Run(turn_id, self._flusher, self._writer)
        task = asyncio.create_task(run.run(), name=f"turn-{turn_id}")
        self._turns.add(task)
        task.add_done_callback(lambda task: self._ended(turn_id, task))

    def _ended(self, turn_id: int, task: asyncio.Task[None]) -> None:
        del self._runs[turn_id]
        self._turns.discard(task)
        self._slots.release()
        if not task.cancelled() and (error := task.exception()):
            log.error("turn left without an end", extra={"turn": turn_id}, exc_info=error)

    async def _obey_stops(self) -> None:
        requests = topics.stop_requests.listen()
        try:
            while True:
                run = self._runs.get(await requests.next())
                if run:
                    run.stop()
        finally:
            topics.stop_requests.leave(requests)


def claim_next() -> int | None:
    """The oldest queued turn, now ours; None when none waits."""
    while (turn_id := Turn.objects.queued().values_list("pk", flat=True).first()) is not None:
        if Turn.objects.claim(turn_id):
            return turn_id
    return None


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


async def start() -> None:
    """Start the worker of this process on the running loop."""
    global _worker
    _worker = Worker()
    await _worker.start()


async def drain(timeout_s: float) -> None:
    """Let the running turns end, within `timeout_s` seconds and a moment more. Harmless when none was started."""
    global _worker
    worker, _worker = _worker, None
    if worker:
        await worker.drain(timeout_s)


def is_running() -> bool:
    return _worker is not None and _worker.is_running
