"""A series into the geometry of a bar chart for an inline SVG: pure numbers, no markup.

Across the chart positions are percentages and upwards pixels, so one drawing fits every width and its words keep
their size. Values are written on the bars themselves, so nothing depends on colour or on an axis.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

LABEL_PX = 18  # kept free above the bars for their values
AXIS_PX = 22  # and below them for the dates
MIN_BAR_PX = 2  # what was used is seen, however little
BAR_SHARE = 0.72  # of its slot; the rest is the gap
ALL_LABELLED_UP_TO = 7  # bars; with more, only the highest is
AXIS_LABELS = 5  # as many dates as fit side by side on a phone


@dataclass(frozen=True, slots=True)
class Point:
    """`when` is short, for the axis; `title` says everything about the bar in words."""

    when: str
    title: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class Label:
    x: str
    y: float
    anchor: str  # start, middle, end: so that it stays inside the chart
    text: str


@dataclass(frozen=True, slots=True)
class Bar:
    slot_x: str
    slot_width: str
    x: str
    width: str
    y: float
    height: float
    title: str
    label: Label | None


@dataclass(frozen=True, slots=True)
class Chart:
    name: str
    summary: str
    height: int
    plot_height: int  # of bars and their labels; the axis is below
    bars: tuple[Bar, ...]
    dates: tuple[Label, ...]


def draw(
    name: str, points: Sequence[Point], *, write: Callable[[Decimal], str], plot_height: int = 160, summary: str = ""
) -> Chart:
    """`write` puts a value into words. Without points the chart has no bars."""
    highest = max((point.value for point in points), default=Decimal(0))
    bars = tuple(_bar(index, points, highest, plot_height, write) for index in range(len(points)))
    dates = tuple(_date(index, points, plot_height) for index in _spread(len(points)))
    return Chart(name, summary, plot_height + AXIS_PX, plot_height, bars, dates)


def _bar(
    index: int, points: Sequence[Point], highest: Decimal, plot_height: int, write: Callable[[Decimal], str]
) -> Bar:
    point, slot = points[index], 100 / len(points)
    height = _height(point.value, highest, plot_height - LABEL_PX)
    y = round(plot_height - height, 2)
    label = None
    if point.value and _is_labelled(index, points, highest):
        label = _label(index, len(points), y - 6, write(point.value))
    return Bar(
        slot_x=_percent(index * slot),
        slot_width=_percent(slot),
        x=_percent(index * slot + slot * (1 - BAR_SHARE) / 2),
        width=_percent(slot * BAR_SHARE),
        y=y,
        height=height,
        title=point.title,
        label=label,
    )


def _height(value: Decimal, highest: Decimal, room: int) -> float:
    return max(round(float(value / highest) * room, 2), MIN_BAR_PX) if value else 0


def _is_labelled(index: int, points: Sequence[Point], highest: Decimal) -> bool:
    """With many bars the highest one is; the first of several equals."""
    if len(points) <= ALL_LABELLED_UP_TO:
        return True
    return index == next(at for at, point in enumerate(points) if point.value == highest)


def _date(index: int, points: Sequence[Point], plot_height: int) -> Label:
    return _label(index, len(points), plot_height + AXIS_PX - 6, points[index].when)


def _label(index: int, count: int, y: float, text: str) -> Label:
    """Centred on its bar, but at the edges flush with them."""
    slot = 100 / count
    middle = index * slot + slot / 2
    if count > ALL_LABELLED_UP_TO and middle < 8:
        return Label(_percent(index * slot), y, "start", text)
    if count > ALL_LABELLED_UP_TO and middle > 92:
        return Label(_percent((index + 1) * slot), y, "end", text)
    return Label(_percent(middle), y, "middle", text)


def _spread(count: int) -> list[int]:
    """Which bars carry a date: all of a few, else the first, the last and some evenly between."""
    if count <= ALL_LABELLED_UP_TO:
        return list(range(count))
    return [round(step * (count - 1) / (AXIS_LABELS - 1)) for step in range(AXIS_LABELS)]


def _percent(share: float) -> str:
    return f"{share:.3f}%"
