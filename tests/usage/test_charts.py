"""Charts: every figure is where a reader expects it, however many there are."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.usage.charts import ALL_LABELLED_UP_TO, LABEL_PX, MIN_BAR_PX, Chart, Point, draw
from conversations.usage.filters import UsageFilter
from conversations.usage.numbers import short_count, short_usd, usd, usd_in_column
from conversations.usage.reports import Figures
from conversations.usage.series import cost_chart, periods, token_charts, unit


def drawn(*values: int) -> Chart:
    points = [Point(str(index), f"{index}: {value}", Decimal(value)) for index, value in enumerate(values)]
    return draw("cost", points, write=str, plot_height=118)


def test_bars_are_as_high_as_their_values_beside_the_highest() -> None:
    chart = drawn(50, 100, 0)

    assert [bar.height for bar in chart.bars] == [50, 100, 0]
    assert [bar.y for bar in chart.bars] == [68, 18, 118]


def test_the_least_amount_is_still_seen() -> None:
    assert drawn(1, 1_000_000).bars[0].height == MIN_BAR_PX


def test_each_of_a_few_bars_carries_its_value_and_its_date() -> None:
    chart = drawn(3, 0, 5)

    assert [bar.label.text if bar.label else None for bar in chart.bars] == ["3", None, "5"]
    assert [label.text for label in chart.dates] == ["0", "1", "2"]


def test_of_many_bars_the_highest_carries_its_value() -> None:
    chart = drawn(*range(30), 29)

    assert [bar.title for bar in chart.bars if bar.label] == ["29: 29"]
    assert [label.text for label in chart.dates] == ["0", "8", "15", "22", "30"]


def test_words_at_the_edges_stay_inside() -> None:
    chart = drawn(*range(31))

    assert (chart.dates[0].anchor, chart.dates[0].x) == ("start", "0.000%")
    assert (chart.dates[-1].anchor, chart.dates[-1].x) == ("end", "100.000%")


@given(st.lists(st.integers(min_value=0, max_value=10**12), max_size=80))
def test_every_bar_stays_inside_the_chart_and_its_slots_fill_it(values: list[int]) -> None:
    chart = drawn(*values)

    for bar in chart.bars:
        assert bar.y >= LABEL_PX
        assert bar.y + bar.height == pytest.approx(chart.plot_height, abs=0.02)
        assert float(bar.x[:-1]) + float(bar.width[:-1]) <= 100.01
    assert len(chart.bars) == len(values)
    assert len([bar for bar in chart.bars if bar.label]) <= max(1, ALL_LABELLED_UP_TO)


FIGURES = Figures(requests=2, input_tokens=1500, output_tokens=20, cost_usd=Decimal("0.5"))


def test_days_without_use_have_their_place_too() -> None:
    asked = UsageFilter(date(2026, 11, 1), date(2026, 11, 3))

    shown = periods(asked, {date(2026, 11, 2): FIGURES})

    assert [(period.when, period.figures.requests) for period in shown] == [("1 Nov", 0), ("2 Nov", 2), ("3 Nov", 0)]
    assert cost_chart(asked, shown).bars[1].title == "Monday, 2 November 2026: $0.50, 2 requests"


@pytest.mark.parametrize(
    ("days", "name", "bars"), [(1, "day", 1), (62, "day", 62), (63, "month", 3), (365, "month", 12), (3652, "year", 10)]
)
def test_many_days_are_drawn_as_months_and_many_months_as_years(days: int, name: str, bars: int) -> None:
    first = date(2026, 1, 1)
    asked = UsageFilter(first, first + timedelta(days=days - 1))

    shown = periods(asked, {first: FIGURES, asked.to_date: FIGURES})

    assert (unit(asked), len(shown)) == (name, bars)
    assert sum(period.figures.requests for period in shown) == (2 if days == 1 else 4)


def test_each_class_of_token_has_a_chart_of_its_own_scale() -> None:
    asked = UsageFilter(date(2026, 11, 2), date(2026, 11, 2))

    charts = token_charts(asked, periods(asked, {date(2026, 11, 2): FIGURES}))

    labels = [chart.bars[0].label for chart in charts]
    assert [label and label.text for label in labels] == ["1.5k", None, None, "20"]
    assert charts[0].summary == "1,500 in all"


@pytest.mark.parametrize(
    ("amount", "written", "in_column", "short"),
    [
        ("0", "$0", "$0.0000", "$0"),
        ("0.00001234", "$0.000012", "$0.0000", "$0.000012"),
        ("0.0123", "$0.012", "$0.0123", "$0.012"),
        ("0.5", "$0.50", "$0.5000", "$0.50"),
        ("1234.567", "$1,234.57", "$1,234.5670", "$1,235"),
    ],
)
def test_money_is_written_for_its_place(amount: str, written: str, in_column: str, short: str) -> None:
    money = Decimal(amount)

    assert (usd(money), usd_in_column(money), short_usd(money)) == (written, in_column, short)


def test_counts_are_shortened() -> None:
    assert [short_count(n) for n in (999, 12_345, 1_234_567, 2 * 10**9)] == ["999", "12.3k", "1.2M", "2.0G"]
