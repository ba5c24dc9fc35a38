"""What must hold on any machine, whatever else it shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from tests.bench.measure import Measured
from tests.bench.scale import Scaled
from tests.bench.soak import Soaked
from tests.bench.storm import Storm

MOST_P95_MS = 60
MOST_RATIO = 0.6
MOST_GROWTH = 1.2  # the cost of a delta may rise by a fifth from the shorter to the longer answer
MOST_REST_MB = 140
MOST_IDLE_KIB = 60
MOST_IDLE_SHARE = 0.05
MOST_STORM_S = 30
LEAST_CAPACITY = 1.5
LEAST_CACHE_SHARE = 0.9
MOST_PAGE_S = 1.0
MOST_MEMORY_GROWTH = 1.1
PAIRS = (
    (("prose", 8_000), ("prose", 128_000)),
    (("fence", 8_000), ("fence", 32_000)),
    (("list", 8_000), ("list", 32_000)),
)
BAD_ENDS = ("stuck", "lost", "vanished")  # what nobody may see
BAD_BOOKS = ("stuck", "failed", "lost", "wrong", "unknown")


@dataclass(frozen=True, slots=True)
class Floor:
    name: str
    value: float
    most: float = inf
    least: float = -inf

    @property
    def holds(self) -> bool:
        return self.least <= self.value <= self.most

    @property
    def told(self) -> str:
        bound = f"at most {self.most:g}" if self.most < inf else f"at least {self.least:g}"
        return f"{self.value:.2f}, {bound}"


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was measured on one database; pages in seconds."""

    database: str
    entries: int
    rollups: int
    rebuilt_s: float
    booked_ms: float
    pages: dict[str, float]


def ledger_floors(measured: Sequence[Ledger]) -> list[Floor]:
    return [
        Floor(f"seconds of the slowest page on {one.database}", max(one.pages.values()), most=MOST_PAGE_S)
        for one in measured
    ]


def floors(measured: tuple[Measured, Measured], scaled: tuple[Scaled, Scaled]) -> list[Floor]:
    return [*_crowd_floors(*measured), *_scale_floors(scaled[1]), *_capacity_floors(*scaled)]


def soak_floors(soaked: Soaked) -> list[Floor]:
    return [
        *(Floor(f"answers that people saw {end}", soaked.seen[end], most=0) for end in BAD_ENDS),
        *(Floor(f"turns that the books call {verdict}", soaked.booked[verdict], most=0) for verdict in BAD_BOOKS),
        *(
            Floor(f"memory of {name}, of that after a minute", growth, most=MOST_MEMORY_GROWTH)
            for name, growth in soaked.growth.items()
        ),
    ]


def _crowd_floors(relay: Measured, site: Measured) -> list[Floor]:
    hundred, crowd = site.crowds[100], site.crowds[200]
    ratio = hundred.cpu / relay.crowds[100].cpu
    return [
        Floor("questions failed, of 200 within one second", crowd.failed, most=0),
        Floor("answers with lost text, of 200", crowd.lost, most=0),
        Floor("p95 of the latency of a delta at 100 people, ms", hundred.latency[1], most=MOST_P95_MS),
        Floor("CPU of a delta at 100 people, of the bare relay's", ratio, most=MOST_RATIO),
        Floor("memory at rest, MB", site.rest_mb, most=MOST_REST_MB),
        *(_flatness(site, short, long) for short, long in PAIRS),
    ]


def _flatness(site: Measured, short: tuple[str, int], long: tuple[str, int]) -> Floor:
    name = f"CPU of a delta in {long[1] // 1000} kB of {long[0]}, of that in {short[1] // 1000} kB"
    return Floor(name, site.growth[long].cpu / site.growth[short].cpu, most=MOST_GROWTH)


def _scale_floors(site: Scaled) -> list[Floor]:
    return [
        Floor("memory of an idle window, KiB", site.idle.kib_each, most=MOST_IDLE_KIB),
        Floor("CPU of 1,000 idle windows, of a core", site.idle.cpu_share, most=MOST_IDLE_SHARE),
        Floor("idle windows that were closed", site.idle.closed, most=0),
        *(floor for storm in site.storms for floor in _storm_floors(storm)),
    ]


def _storm_floors(storm: Storm) -> list[Floor]:
    return [
        Floor(f"{storm.name}: seconds until all windows were live", storm.live_s[1], most=MOST_STORM_S),
        Floor(f"{storm.name}: windows that stayed away", storm.refused, most=0),
        Floor(f"{storm.name}: answers of 500 and above", storm.errors, most=0),
    ]


def _capacity_floors(relay: Scaled, site: Scaled) -> list[Floor]:
    if relay.capacity is None or site.capacity is None:
        return []
    ratio = site.capacity.streams / max(relay.capacity.streams, 1)
    doubt = " (the bench was too slow to tell)" if relay.capacity.is_ours or site.capacity.is_ours else ""
    return [Floor(f"streams in time, of the bare relay's{doubt}", ratio, least=LEAST_CAPACITY)]
