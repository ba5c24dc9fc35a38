"""Figures into tables: each server's, and its ratio to the bare relay of the same run."""

from collections.abc import Iterable

from tests.bench.figures import Figures
from tests.bench.floors import Floor
from tests.bench.measure import Growth, Measured

TIMES = "p50 / p95 / p99"
CROWD_HEAD = (
    "                           CPU          latency of a delta, ms   of the first one, ms     from asking to it, ms\n"
    f"people  server        µs/delta  ratio   {TIMES:<23}  {TIMES:<23}  {TIMES:<23}  bytes  failed  lost"
)
GROWTH_HEAD = f"{'answer':<13}  {'server':<12}  µs/delta  ratio  bytes"


def tables(relay: Measured, site: Measured) -> str:
    return "\n".join([*_crowds(relay, site), "", *_growth(relay, site), "", *_process(relay, site)])


def verdicts(floors: Iterable[Floor]) -> str:
    return "\n".join(
        f"{'holds ' if floor.holds else 'MISSED'}  {floor.name}: {floor.value:.2f}, at most {floor.most:g}"
        for floor in floors
    )


def _crowds(relay: Measured, site: Measured) -> list[str]:
    return [CROWD_HEAD] + [_crowd(people, one, relay) for people in relay.crowds for one in (relay, site)]


def _crowd(people: int, one: Measured, relay: Measured) -> str:
    seen: Figures = one.crowds[people]
    ratio = seen.cpu / relay.crowds[people].cpu
    times = "  ".join(f"{_slashed(times):<23}" for times in (seen.latency, seen.first, seen.ask))
    counts = f"{seen.bytes_per_byte:5.2f}  {seen.failed:6}  {seen.lost:4}"
    return f"{people:6}  {one.name:<12}  {seen.cpu:8.0f}  {ratio:5.2f}   {times}  {counts}"


def _slashed(times: tuple[float, float, float]) -> str:
    return " / ".join(f"{time_ms:.1f}" for time_ms in times)


def _growth(relay: Measured, site: Measured) -> list[str]:
    return [GROWTH_HEAD] + [
        _grown(subject, one.name, one.growth[subject], relay.growth[subject].cpu)
        for subject in relay.growth
        for one in (relay, site)
    ]


def _grown(subject: tuple[str, int], name: str, growth: Growth, reference: float) -> str:
    kind, length = subject
    ratio = growth.cpu / reference
    return f"{length // 1000:4} kB {kind:<5}  {name:<12}  {growth.cpu:8.1f}  {ratio:5.2f}  {growth.bytes_per_byte:5.2f}"


def _process(relay: Measured, site: Measured) -> list[str]:
    return [
        f"{one.name:<12}  {one.turn_ms:.1f} ms CPU for a whole turn of one delta, "
        f"{one.rest_mb:.0f} MB at rest, {one.peak_mb:.0f} MB at most; "
        f"its core worked {one.disturbed:.0%} of the time for others"
        for one in (relay, site)
    ]
