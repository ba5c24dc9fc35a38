"""Figures into tables of Markdown, to be read as they are or pasted into docs/speed.md."""

from collections.abc import Iterable, Sequence

from conversations.claude.events import AttemptEnded
from tests.bench.capacity import Step
from tests.bench.figures import Figures
from tests.bench.floors import Floor, Ledger
from tests.bench.measure import Growth, Measured
from tests.bench.scale import Scaled
from tests.bench.soak import Soaked
from tests.bench.storm import Storm

CROWD_HEAD = (
    "people",
    "server",
    "µs/delta",
    "ratio",
    "latency p50 / p95 / p99, ms",
    "of the first",
    "from asking to it",
    "bytes",
    "failed",
    "lost",
)
GROWTH_HEAD = ("answer", "server", "µs/delta", "ratio", "bytes")
PROCESS_HEAD = ("server", "turn of one delta, ms CPU", "MB at rest", "MB at most", "core worked for others")
IDLE_HEAD = ("server", "KiB for each idle window", "CPU of 1,000 of them", "closed")
STORM_HEAD = ("1,000 windows", "half back, s", "all back, s", "refused", "errors", "p95 of bystanders, ms", "failed")
CAPACITY_HEAD = (
    "streams",
    "server",
    "latency p50 / p95 / p99, ms",
    "of the first",
    "failed",
    "lost",
    "our own",
    "holds",
)
CACHE_HEAD = ("turn", "requests", "input tokens", "read from the cache", "share")
Pair = tuple[Measured, Measured]  # the relay's and the site's
ScaledPair = tuple[Scaled, Scaled]


def tables(measured: Pair, scaled: ScaledPair) -> str:
    relay = measured[0]
    crowds = [_crowd(people, one, relay) for people in relay.crowds for one in measured]
    growth = [_grown(subject, one, relay) for subject in relay.growth for one in measured]
    parts = [
        _table(CROWD_HEAD, crowds),
        _table(GROWTH_HEAD, growth),
        _table(PROCESS_HEAD, map(_process, measured)),
        _table(IDLE_HEAD, map(_idle, scaled)),
        _table(STORM_HEAD, map(_storm, scaled[1].storms)),
        *_capacities(scaled),
    ]
    return "\n\n".join(parts)


def cache_table(turns: Sequence[Sequence[AttemptEnded]]) -> str:
    """A line for each turn, with the sums of its requests."""
    return _table(CACHE_HEAD, (_cached(number, requests) for number, requests in enumerate(turns, 1)))


def _cached(number: int, requests: Sequence[AttemptEnded]) -> tuple[str, ...]:
    prompt = sum(request.tokens.prompt for request in requests)
    read = sum(request.tokens.cache_read for request in requests)
    return str(number), str(len(requests)), f"{prompt:,}", f"{read:,}", f"{100 * read / prompt:.0f} %"


def soak_table(soaked: Soaked) -> str:
    seen = _table(("seen by the people", "answers"), _counted(soaked.seen))
    booked = _table(("in the books", "turns"), _counted(soaked.booked))
    growth = [(name, f"{growth:.2f}") for name, growth in soaked.growth.items()]
    memory = [_table(("process", "memory, of that after a minute"), growth)] if growth else []
    return "\n\n".join([f"{soaked.people} people, {soaked.processes} processes", seen, booked, *memory])


def verdicts(floors: Iterable[Floor]) -> str:
    return "\n".join(f"{'holds ' if floor.holds else 'MISSED'}  {floor.name}: {floor.told}" for floor in floors)


def ledger_table(measured: Sequence[Ledger]) -> str:
    """A column for each database."""
    facts = {
        "attempts": [f"{one.entries:,}" for one in measured],
        "rollups": [f"{one.rollups:,}" for one in measured],
        "all added up anew": [f"{one.rebuilt_s:.0f} s" for one in measured],
        "one attempt booked": [f"{one.booked_ms:.1f} ms" for one in measured],
    }
    pages = {name: [f"{one.pages[name] * 1000:.0f} ms" for one in measured] for name in measured[0].pages}
    rows = [(name, *told) for name, told in (facts | pages).items()]
    return _table(("a year of the ledger", *(one.database for one in measured)), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [head, ["-" * width for width in widths], *rows]
    return "\n".join(_line(line, widths) for line in lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"


def _crowd(people: int, one: Measured, relay: Measured) -> Sequence[str]:
    seen: Figures = one.crowds[people]
    ratio = f"{seen.cpu / relay.crowds[people].cpu:.2f}"
    times = [_slashed(times) for times in (seen.latency, seen.first, seen.ask)]
    return str(people), one.name, f"{seen.cpu:.0f}", ratio, *times, f"{seen.bytes_per_byte:.1f}", *_bad(seen)


def _bad(seen: Figures) -> tuple[str, str]:
    return str(seen.failed), str(seen.lost)


def _slashed(times: tuple[float, float, float]) -> str:
    return " / ".join(f"{time_ms:.1f}" for time_ms in times)


def _grown(subject: tuple[str, int], one: Measured, relay: Measured) -> Sequence[str]:
    kind, length = subject
    growth: Growth = one.growth[subject]
    ratio = f"{growth.cpu / relay.growth[subject].cpu:.2f}"
    return f"{length // 1000} kB {kind}", one.name, f"{growth.cpu:.0f}", ratio, f"{growth.bytes_per_byte:.1f}"


def _process(one: Measured) -> Sequence[str]:
    return one.name, f"{one.turn_ms:.1f}", f"{one.rest_mb:.0f}", f"{one.peak_mb:.0f}", f"{one.disturbed:.0%}"


def _idle(one: Scaled) -> Sequence[str]:
    return one.name, f"{one.idle.kib_each:.0f}", f"{one.idle.cpu_share:.1%}", str(one.idle.closed)


def _storm(storm: Storm) -> Sequence[str]:
    by = storm.bystanders
    others = (f"{by.latency[1]:.0f}", str(by.failed + by.lost)) if by else ("", "")
    times = [f"{time_s:.1f}" for time_s in storm.live_s]
    return storm.name, *times, str(storm.refused), str(storm.errors), *others


def _capacities(scaled: ScaledPair) -> list[str]:
    rows = [_step(step, one.name) for one in scaled if one.capacity for step in one.capacity.steps]
    return [_table(CAPACITY_HEAD, rows)] if rows else []


def _step(step: Step, name: str) -> Sequence[str]:
    seen = step.seen
    verdict = "yes" if step.holds else "no, perhaps for us" if step.is_ours else "no"
    times = _slashed(seen.latency), _slashed(seen.first)
    return str(step.streams), name, *times, str(seen.failed), str(seen.lost), f"{seen.late_ms:.1f}", verdict


def _counted(counts: dict[str, int]) -> list[Sequence[str]]:
    return [(name, str(number)) for name, number in sorted(counts.items()) if number]
