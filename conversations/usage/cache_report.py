"""What the prompt cache brought: tokens read instead of paid in full, and the money saved by it, by day and model."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from conversations.models.rollups import MISSED, sums
from conversations.usage.charts import Chart, Point, draw
from conversations.usage.filters import UsageFilter, quick_ranges
from conversations.usage.reports import ROWS_AT_ONCE, Figures, dollars, rollups, rollups_by_day
from conversations.usage.series import Period, added_up, periods, unit

MOST_ROWS = 500  # on a page; the CSV has them all


@dataclass(frozen=True, slots=True)
class CacheFigures:
    """What a set of attempts took from the cache. The field names are the CSV columns, in their order."""

    requests: int
    input_tokens: int
    cache_write_5m_tokens: int
    cache_write_1h_tokens: int
    cache_read_tokens: int
    saved_usd: Decimal
    misses: int
    missed_tokens: int

    @property
    def prompt_tokens(self) -> int:
        return self.input_tokens + self.cache_write_5m_tokens + self.cache_write_1h_tokens + self.cache_read_tokens

    @property
    def hit_percent(self) -> Decimal | None:
        return hit_percent(self.cache_read_tokens, self.prompt_tokens)

    @property
    def cells(self) -> tuple[Any, ...]:
        return astuple(self)

    @property
    def as_used(self) -> Figures:
        names = ("input_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens", "cache_read_tokens")
        return Figures(**{name: getattr(self, name) for name in names})


COLUMNS = tuple(field.name for field in fields(CacheFigures))
SUMMED = (
    "cache_saved",
    "cache_misses",
    "cache_missed_tokens",
    *(name for name in COLUMNS if name in ("requests", "input_tokens") or name.startswith("cache_")),
)
NOTHING = CacheFigures(0, 0, 0, 0, 0, Decimal(0), 0, 0)
GROUPS = ("day", "model")


@dataclass(frozen=True, slots=True)
class CacheRow:
    day: str
    model: str
    figures: CacheFigures


@dataclass(frozen=True, slots=True)
class Miss:
    """How often the API gave one reason for not reading from its cache."""

    reason: str
    requests: int
    tokens: int


def cache_rows(asked: UsageFilter) -> Iterator[CacheRow]:
    """Newest day first."""
    grouped = rollups_by_day(asked).values(*GROUPS).annotate(**sums(*SUMMED)).order_by("-day", "model")
    for line in grouped.iterator(chunk_size=ROWS_AT_ONCE):
        yield CacheRow(str(line["day"]), line["model"], _figures(line))


def cache_page(asked: UsageFilter) -> dict[str, Any]:
    """The context of the page."""
    rows = list(cache_rows(asked))  # of all days and models: some thousands in a year, and all else adds them up
    used: dict[date, list[Figures]] = {}
    for row in rows:
        used.setdefault(date.fromisoformat(row.day), []).append(row.figures.as_used)
    shown = periods(asked, {day: added_up(figures) for day, figures in used.items()})
    return {
        "asked": asked,
        "ranges": quick_ranges(asked),
        "rows": rows[:MOST_ROWS],
        "has_more_rows": len(rows) > MOST_ROWS,
        "totals": _added_up(rows),
        "chart": _chart(asked, shown),
        "periods": [(period, _hits(period)) for period in shown],
        "misses": _misses(asked),
    }


def _added_up(rows: Sequence[CacheRow]) -> CacheFigures:
    totals: list[Any] = [sum(column) for column in zip(*(row.figures.cells for row in rows), strict=True)]
    return CacheFigures(*totals) if rows else NOTHING


def hit_percent(read: int, prompt: int) -> Decimal | None:
    """How much of the prompts came out of the cache, to one place; None without a prompt."""
    return (Decimal(100 * read) / prompt).quantize(Decimal("0.1")) if prompt else None


def _hits(period: Period) -> Decimal | None:
    return hit_percent(period.figures.cache_read_tokens, period.figures.prompt_tokens)


def _chart(asked: UsageFilter, shown: Sequence[Period]) -> Chart:
    points = [Point(each.when, _title(each), _hits(each) or Decimal(0)) for each in shown]
    return draw(f"Read from the cache, per cent of all prompt tokens per {unit(asked)}", points, write=_percent)


def _title(period: Period) -> str:
    hits = _hits(period)
    if hits is None:
        return f"{period.name}: nothing asked"
    figures = period.figures
    return f"{period.name}: {_percent(hits)}, {figures.cache_read_tokens:,} of {figures.prompt_tokens:,} tokens"


def _percent(share: Decimal) -> str:
    return f"{share:.0f} %"


def _misses(asked: UsageFilter) -> list[Miss]:
    grouped: Any = (
        rollups(asked).filter(MISSED).values("cache_miss_reason").annotate(**sums("requests", "cache_missed_tokens"))
    )
    misses = [
        Miss(line["cache_miss_reason"], line["sum_requests"], line["sum_cache_missed_tokens"]) for line in grouped
    ]
    return sorted(misses, key=lambda miss: miss.tokens, reverse=True)


def _figures(line: dict[str, Any]) -> CacheFigures:
    of = {"misses": "cache_misses", "missed_tokens": "cache_missed_tokens"}
    counted = {name: int(line[f"sum_{of.get(name, name)}"] or 0) for name in COLUMNS if name != "saved_usd"}
    return CacheFigures(**counted, saved_usd=dollars(line["sum_cache_saved"]))
