"""A short series into a trend line for an inline SVG: pure numbers, no markup."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.formats import date_format

WIDTH, HEIGHT = 100, 32  # of the drawing, which is stretched to the room that there is
MARGIN = 2  # half of the line's width, so that it is not cut


@dataclass(frozen=True, slots=True)
class Trend:
    """`says` is the line in words, for whoever does not see it."""

    line: str
    area: str
    says: str


def trend(days: Sequence[date], values: Mapping[date, Decimal], *, write: Callable[[Decimal], str]) -> Trend:
    """Of at least two days, oldest first; a day without a value is nothing."""
    series = [values.get(day, Decimal(0)) for day in days]
    highest = max(series)
    step = Decimal(WIDTH) / (len(series) - 1)
    points = [(step * place, _height(value, highest)) for place, value in enumerate(series)]
    line = " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
    says = f"Last {len(series)} days: nothing"
    if highest:
        top = days[series.index(highest)]
        says = f"Last {len(series)} days: {write(highest)} at most, on {date_format(top, 'j F')}"
    return Trend(line, f"0,{HEIGHT} {line} {WIDTH},{HEIGHT}", says)


def _height(value: Decimal, highest: Decimal) -> Decimal:
    share = value / highest if highest else Decimal(0)
    return HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN)
