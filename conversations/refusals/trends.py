"""How many refusals there were over time, by category, model or group of people: charts, and the same as tables."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from conversations.models.refusals import RefusalEventQuerySet, ReviewState
from conversations.usage.charts import Chart, Point, draw
from conversations.usage.filters import UsageFilter, quick_ranges
from conversations.usage.series import SMALL_PX, spans, starts, unit

KINDS = {"category": "Category", "model": "Model", "group_name": "Group of people"}
MOST_CHARTS = 6  # one above the other; what is rarer is in the tables
NONE_NAMED = "none named"
COUNTED = ("refusals", "reported", *ReviewState.values)
CSV_COLUMNS = ("day", "category", "model", "group", *COUNTED)


@dataclass(frozen=True, slots=True)
class Trend:
    """One category, model or group: how often at all, and in each period."""

    name: str
    tally: tuple[int, ...]  # as COUNTED
    series: tuple[int, ...]


def trends_page(events: RefusalEventQuerySet, asked: UsageFilter, kind: str) -> dict[str, Any]:
    """The context of the page. `events` are those that the reader may see."""
    between = events.between(asked.from_date, asked.to_date)
    shown = spans(asked)
    trends = _trends(between, asked, kind, list(shown))
    everything = tuple(map(sum, zip(*(trend.series for trend in trends), strict=True))) if trends else ()
    names = [full for _, full in shown.values()]
    return {
        "asked": asked,
        "kind": kind,
        "kinds": KINDS.items(),
        "ranges": quick_ranges(asked),
        "headings": ["Refusals", "Reported", *ReviewState.labels],
        "trends": trends,
        "totals": tuple(map(sum, zip(*(trend.tally for trend in trends), strict=True))) if trends else (),
        "charts": [
            _chart("Refusals", everything, asked),
            *(_chart(t.name, t.series, asked) for t in trends[:MOST_CHARTS]),
        ],
        "periods": list(zip(names, everything, zip(*(t.series for t in trends), strict=True), strict=True))
        if trends
        else [],
    }


def csv_rows(events: RefusalEventQuerySet, asked: UsageFilter) -> Iterator[tuple[Any, ...]]:
    between = events.between(asked.from_date, asked.to_date)
    for line in between.tally("day", "category", "model", "group_name"):
        yield (line["day"], line["category"], line["model"], line["group_name"], *(line[name] for name in COUNTED))


def _trends(events: RefusalEventQuerySet, asked: UsageFilter, kind: str, periods: list[date]) -> list[Trend]:
    """The most frequent first."""
    start, series = starts(asked), dict[str, dict[date, int]]()
    for line in events.tally("day", kind):
        of_it = series.setdefault(line[kind], dict.fromkeys(periods, 0))
        of_it[start(line["day"])] += line["refusals"]
    tallies = {line[kind]: tuple(line[name] for name in COUNTED) for line in events.tally(kind)}
    trends = [Trend(name or NONE_NAMED, tallies[name], tuple(counts.values())) for name, counts in series.items()]
    return sorted(trends, key=lambda trend: (-trend.tally[0], trend.name))


def _chart(name: str, counts: tuple[int, ...], asked: UsageFilter) -> Chart:
    points = (
        [
            Point(short, f"{full}: {count:,}", Decimal(count))
            for (short, full), count in zip(spans(asked).values(), counts, strict=True)
        ]
        if counts
        else []
    )
    title = f"{name} per {unit(asked)}"
    return draw(
        title, points, write=lambda value: f"{value:,}", plot_height=SMALL_PX, summary=f"{sum(counts):,} in all"
    )
