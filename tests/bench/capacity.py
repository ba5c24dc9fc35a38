"""The most answers that one process streams at once and in time, found by trying: up in steps, then halfway back."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.bench.figures import Plateau, plateau
from tests.bench.measure import PACED_PER_SECOND
from tests.bench.passes import Bench

FIRST, STEP, FINEST, MOST = 100, 50, 25, 600  # streams
LENGTH = 4_800  # characters: twelve seconds, so that for a while all answers are on their way
ASK_WITHIN_S = 5.0  # the question is how many can stream; how many can begin at once is asked of the crowds
MOST_P95_MS = 100
MOST_FIRST_MS = 1_000
MOST_LATE_MS = 25  # of our own: beyond it we measured ourselves


@dataclass(frozen=True, slots=True)
class Step:
    streams: int
    seen: Plateau

    @property
    def holds(self) -> bool:
        """Whether all was there in time. Infinite figures mean that never all answers were on their way at once."""
        in_time = self.seen.latency[1] < MOST_P95_MS and self.seen.first[2] < MOST_FIRST_MS
        return in_time and not self.seen.failed and not self.seen.lost

    @property
    def is_ours(self) -> bool:
        """Whether it did not hold because this process, or upstream, was late itself."""
        return not self.holds and self.seen.late_ms > MOST_LATE_MS


@dataclass(frozen=True, slots=True)
class Capacity:
    steps: tuple[Step, ...]

    @property
    def streams(self) -> int:
        return max((step.streams for step in self.steps if step.holds), default=0)

    @property
    def is_ours(self) -> bool:
        """Whether the server might carry more, had the bench been faster."""
        return any(step.is_ours for step in self.steps)


async def capacity(bench: Bench) -> Capacity:
    steps: list[Step] = []
    while (streams := next_step({step.streams: step.holds for step in steps})) is not None:
        step = await _step(bench, streams)
        steps.append(step if step.holds else await _step(bench, streams))  # nobody is judged by one bad moment
    return Capacity(tuple(sorted(steps, key=lambda step: step.streams)))


async def _step(bench: Bench, streams: int) -> Step:
    seen = await bench.run(streams, "prose", LENGTH, PACED_PER_SECOND, ask_within_s=ASK_WITHIN_S)
    return Step(streams, plateau(seen))


def next_step(tried: Mapping[int, bool]) -> int | None:
    """How many streams to try next, given which numbers held; None when that is known well enough."""
    least_miss = min((streams for streams, held in tried.items() if not held), default=None)
    most_held = max((streams for streams, held in tried.items() if held), default=0)
    if least_miss is None:
        further = most_held + STEP if tried else FIRST
        return further if further <= MOST else None
    middle = (most_held + least_miss) // 2 // FINEST * FINEST
    return middle if most_held < middle < least_miss else None
