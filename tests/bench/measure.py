"""What is measured of a server, in which order, and how often."""

from dataclasses import dataclass
from statistics import median
from time import monotonic

from tests.bench.answers import DELTA_LENGTH
from tests.bench.figures import Figures, figures, medians
from tests.bench.passes import Bench
from tests.bench.processes import SERVER_CORE, busy_s

PACED_LENGTH, PACED_PER_SECOND = 2_000, 80  # five seconds, at the pace of a fast model
FAST_PER_SECOND = 2_000  # long answers in bearable time, and still hundreds of frames
GROWTH = (
    ("prose", 2_000),
    ("prose", 8_000),
    ("prose", 32_000),
    ("prose", 128_000),
    ("fence", 8_000),
    ("fence", 32_000),
    ("list", 8_000),
    ("list", 32_000),
)


@dataclass(frozen=True, slots=True)
class Plan:
    crowds: tuple[int, ...]  # people who ask within one second
    passes: int
    growth: tuple[tuple[str, int], ...]  # kind, characters
    idle_s: float
    capacity: bool


WHOLE = Plan(crowds=(1, 20, 100, 200), passes=3, growth=GROWTH, idle_s=60, capacity=True)
QUICK = Plan(
    crowds=(100, 200),
    passes=1,
    growth=tuple(subject for subject in GROWTH if subject[1] >= 8_000 and subject != ("prose", 32_000)),
    idle_s=20,
    capacity=False,
)


@dataclass(frozen=True, slots=True)
class Growth:
    cpu: float  # µs per delta beyond what an answer of one delta costs
    bytes_per_byte: float


@dataclass(frozen=True, slots=True)
class Measured:
    name: str
    crowds: dict[int, Figures]
    growth: dict[tuple[str, int], Growth]
    turn_ms: float  # CPU of an answer of one delta
    rest_mb: float
    peak_mb: float
    disturbed: float  # share of the time in which the server's core worked for others


async def measure(bench: Bench, plan: Plan) -> Measured:
    await warm_up(bench)
    began_at, others_s = monotonic(), _others_s(bench)
    rest_mb = bench.server.resident_mb()
    crowds = {people: medians([await _crowd(bench, people) for _ in range(plan.passes)]) for people in plan.crowds}
    peak_mb = bench.server.peak_mb()
    turn_ms = median([await _cpu_ms(bench, "prose", DELTA_LENGTH) for _ in range(9)])
    growth = {subject: await _growth(bench, *subject, turn_ms, plan.passes) for subject in plan.growth}
    disturbed = (_others_s(bench) - others_s) / (monotonic() - began_at)
    return Measured(bench.door.name, crowds, growth, turn_ms, rest_mb, peak_mb, disturbed)


def _others_s(bench: Bench) -> float:
    return busy_s(SERVER_CORE) - bench.server.cpu_s()


async def warm_up(bench: Bench) -> None:
    """Imports, caches and the first connections are not what is measured."""
    for people in (1, 10):
        await bench.run(people, "prose", PACED_LENGTH, FAST_PER_SECOND)


async def _crowd(bench: Bench, people: int) -> Figures:
    return figures(await bench.run(people, "prose", PACED_LENGTH, PACED_PER_SECOND))


async def _cpu_ms(bench: Bench, kind: str, length: int) -> float:
    return (await bench.run(1, kind, length, FAST_PER_SECOND)).cpu_s * 1000


async def _growth(bench: Bench, kind: str, length: int, turn_ms: float, passes: int) -> Growth:
    runs = [await bench.run(1, kind, length, FAST_PER_SECOND) for _ in range(passes if length > 8_000 else passes + 2)]
    return Growth(
        cpu=median((run.cpu_s * 1000 - turn_ms) * 1000 / (length / DELTA_LENGTH) for run in runs),
        bytes_per_byte=median(figures(run).bytes_per_byte for run in runs),
    )
