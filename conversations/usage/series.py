"""What a report's charts show: its days, or months or years when there are many, with what each of them took."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils.formats import date_format

from conversations.usage.charts import Chart, Point, draw
from conversations.usage.filters import UsageFilter
from conversations.usage.numbers import short_count, short_usd, usd
from conversations.usage.reports import Figures

MOST_BARS = 62  # thinner bars are not seen; two months of days
SMALL_PX = 76  # height of each of several charts one above the other
TOKEN_CLASSES = (
    ("Input, not cached", "input_tokens"),
    ("Written to the cache", "cache_write_tokens"),
    ("Read from the cache", "cache_read_tokens"),
    ("Output", "output_tokens"),
)


@dataclass(frozen=True, slots=True)
class Period:
    """One bar: a day, a month or a year."""

    when: str
    name: str
    figures: Figures


def periods(asked: UsageFilter, used: Mapping[date, Figures]) -> tuple[Period, ...]:
    """Every period of the range, oldest first, also those in which nothing was used."""
    start = starts(asked)
    collected: dict[date, list[Figures]] = {start(day): [] for day in _days(asked)}
    for day, figures in used.items():
        collected[start(day)].append(figures)
    short, full = _FORMATS[unit(asked)]
    return tuple(
        Period(date_format(day, short), date_format(day, full), added_up(figures)) for day, figures in collected.items()
    )


def spans(asked: UsageFilter) -> dict[date, tuple[str, str]]:
    """The first day of every period of the range, oldest first, with what it is called in short and in full."""
    start, (short, full) = starts(asked), _FORMATS[unit(asked)]
    return {start(day): (date_format(start(day), short), date_format(start(day), full)) for day in _days(asked)}


def unit(asked: UsageFilter) -> str:
    """What one bar is: day, month or year."""
    if (asked.to_date - asked.from_date).days < MOST_BARS:
        return "day"
    months = (asked.to_date.year - asked.from_date.year) * 12 + asked.to_date.month - asked.from_date.month
    return "month" if months < MOST_BARS else "year"


def cost_chart(asked: UsageFilter, shown: Iterable[Period]) -> Chart:
    points = [Point(each.when, _cost_title(each), each.figures.cost_usd) for each in shown]
    return draw(f"Cost per {unit(asked)}", points, write=short_usd)


def count_chart(name: str, asked: UsageFilter, counts: Mapping[date, int], *, what: str) -> Chart:
    """Of something that happened so often on each day."""
    start = starts(asked)
    collected = dict.fromkeys((start(day) for day in _days(asked)), 0)
    for day, count in counts.items():
        collected[start(day)] += count
    short, full = _FORMATS[unit(asked)]
    points = [
        Point(date_format(day, short), f"{date_format(day, full)}: {count:,} {what}", Decimal(count))
        for day, count in collected.items()
    ]
    summary = f"{sum(collected.values()):,} in all"
    return draw(f"{name} per {unit(asked)}", points, write=short_count, plot_height=SMALL_PX, summary=summary)


def token_charts(asked: UsageFilter, shown: Iterable[Period]) -> list[Chart]:
    """One chart for each class, each to its own scale: cache reads would dwarf all others in one."""
    return [_token_chart(name, field, tuple(shown), unit(asked)) for name, field in TOKEN_CLASSES]


def added_up(parts: Iterable[Figures]) -> Figures:
    return Figures(*(sum(column) for column in zip(astuple(Figures()), *map(astuple, parts), strict=True)))


_FORMATS = {"day": ("j M", "l, j F Y"), "month": ("M Y", "F Y"), "year": ("Y", "Y")}


def starts(asked: UsageFilter) -> Callable[[date], date]:
    match unit(asked):
        case "day":
            return lambda day: day
        case "month":
            return lambda day: day.replace(day=1)
        case _:
            return lambda day: day.replace(month=1, day=1)


def _days(asked: UsageFilter) -> Iterable[date]:
    return (asked.from_date + timedelta(days=n) for n in range((asked.to_date - asked.from_date).days + 1))


def _cost_title(period: Period) -> str:
    return f"{period.name}: {usd(period.figures.cost_usd)}, {_requests(period.figures)}"


def _requests(figures: Figures) -> str:
    return f"{figures.requests:,} request{'' if figures.requests == 1 else 's'}"


def _token_chart(name: str, field: str, shown: tuple[Period, ...], per: str) -> Chart:
    counts = [getattr(period.figures, field) for period in shown]
    points = [
        Point(period.when, f"{period.name}: {count:,} tokens", Decimal(count))
        for period, count in zip(shown, counts, strict=True)
    ]
    return draw(
        f"{name}, tokens per {per}", points, write=short_count, plot_height=SMALL_PX, summary=f"{sum(counts):,} in all"
    )
