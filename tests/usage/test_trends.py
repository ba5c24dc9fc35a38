"""A series becomes a line that fits its box."""

from datetime import date, timedelta
from decimal import Decimal

from conversations.usage.trends import HEIGHT, MARGIN, WIDTH, trend

DAYS = [date(2026, 11, 1) + timedelta(days=number) for number in range(5)]


def points(values: dict[date, Decimal]) -> list[tuple[Decimal, Decimal]]:
    drawn = trend(DAYS, values, write=str).line.split()
    return [(Decimal(x), Decimal(y)) for x, y in (point.split(",") for point in drawn)]


def test_the_highest_touches_the_top_and_nothing_the_ground() -> None:
    drawn = points({DAYS[1]: Decimal(8), DAYS[3]: Decimal(4)})

    assert [x for x, _ in drawn] == [0, 25, 50, 75, WIDTH]
    assert [y for _, y in drawn] == [HEIGHT - MARGIN, MARGIN, HEIGHT - MARGIN, HEIGHT // 2, HEIGHT - MARGIN]


def test_days_without_anything_are_a_flat_line_that_says_so() -> None:
    assert {y for _, y in points({})} == {HEIGHT - MARGIN}
    assert trend(DAYS, {}, write=str).says == "Last 5 days: nothing"


def test_the_line_is_said_in_words() -> None:
    assert trend(DAYS, {DAYS[2]: Decimal(7)}, write=lambda value: f"${value}").says == (
        "Last 5 days: $7 at most, on 3 November"
    )
