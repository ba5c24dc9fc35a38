"""A thousand windows without news: the memory that each one holds, and the CPU time that all of them take."""

import asyncio
from dataclasses import dataclass
from functools import partial
from time import monotonic

from tests.bench.passes import ENTER_AT_ONCE, Bench, at_most
from tests.bench.sockets import Socket

WINDOWS = 1_000
SETTLE_S = 3.0


@dataclass(frozen=True, slots=True)
class Idle:
    kib_each: float
    cpu_share: float  # of one core
    closed: int  # windows that did not stay open


async def idle(bench: Bench, watch_s: float) -> Idle:
    """`watch_s` should hold a few of the site's looks at quiet windows, which are 20 s apart, and of daphne's pings."""
    before_mb = bench.server.resident_mb()
    windows = await at_most(ENTER_AT_ONCE, [partial(bench.door.watch, seat) for seat in range(WINDOWS)])
    await asyncio.sleep(SETTLE_S)
    grown_mb = bench.server.resident_mb() - before_mb
    share = await _cpu_share(bench, watch_s)
    closed = _close(windows)
    return Idle(grown_mb * 1e6 / 1024 / WINDOWS, share, closed)


async def _cpu_share(bench: Bench, watch_s: float) -> float:
    cpu_s, began_at = bench.server.cpu_s(), monotonic()
    await asyncio.sleep(watch_s)
    return (bench.server.cpu_s() - cpu_s) / (monotonic() - began_at)


def _close(windows: list[Socket]) -> int:
    """How many were closed already."""
    closed = sum(window.closed.done() for window in windows)
    for window in windows:
        window.close()
    return closed
