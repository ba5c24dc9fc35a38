"""What must hold on any machine, whatever else it shows."""

from dataclasses import dataclass

from tests.bench.measure import Measured

MOST_P95_MS = 100
MOST_RATIO = 1.0
MOST_GROWTH = 1.2  # the cost of a delta may rise by a fifth from the shorter to the longer answer
PAIRS = (
    (("prose", 8_000), ("prose", 128_000)),
    (("fence", 8_000), ("fence", 32_000)),
    (("list", 8_000), ("list", 32_000)),
)


@dataclass(frozen=True, slots=True)
class Floor:
    name: str
    value: float
    most: float

    @property
    def holds(self) -> bool:
        return self.value <= self.most


def floors(relay: Measured, site: Measured) -> list[Floor]:
    hundred, crowd = site.crowds[100], site.crowds[200]
    ratio = hundred.cpu / relay.crowds[100].cpu
    return [
        Floor("questions failed, of 200 within one second", crowd.failed, 0),
        Floor("answers with lost text, of 200", crowd.lost, 0),
        Floor("p95 of the latency of a delta at 100 people, ms", hundred.latency[1], MOST_P95_MS),
        Floor("CPU of a delta at 100 people, of the bare relay's", ratio, MOST_RATIO),
        *(_flatness(site, short, long) for short, long in PAIRS),
    ]


def _flatness(site: Measured, short: tuple[str, int], long: tuple[str, int]) -> Floor:
    name = f"CPU of a delta in {long[1] // 1000} kB of {long[0]}, of that in {short[1] // 1000} kB"
    return Floor(name, site.growth[long].cpu / site.growth[short].cpu, MOST_GROWTH)
