"""The period before a report's, and how figures differ from it."""

from datetime import date
from decimal import Decimal

import pytest

from conversations.usage.comparison import before, days_of, figures
from conversations.usage.filters import UsageFilter
from conversations.usage.reports import Figures


@pytest.mark.parametrize(
    ("first", "last", "expected_first", "expected_last"),
    [
        ("2026-11-01", "2026-11-21", "2026-10-01", "2026-10-21"),
        ("2026-11-01", "2026-11-30", "2026-10-01", "2026-10-31"),
        ("2026-03-01", "2026-03-30", "2026-02-01", "2026-02-28"),
        ("2024-02-01", "2024-02-29", "2024-01-01", "2024-01-31"),
        ("2026-11-21", "2026-11-21", "2026-11-20", "2026-11-20"),
        ("2026-11-15", "2026-11-21", "2026-11-08", "2026-11-14"),
        ("2026-01-01", "2026-12-31", "2025-01-01", "2025-12-31"),
        ("2026-01-01", "2026-01-31", "2025-12-01", "2025-12-31"),
    ],
)
def test_months_are_compared_with_months_and_days_with_as_many_days(
    first: str, last: str, expected_first: str, expected_last: str
) -> None:
    asked = UsageFilter(date.fromisoformat(first), date.fromisoformat(last), ("model",), 7)

    compared = before(asked)

    assert (str(compared.from_date), str(compared.to_date)) == (expected_first, expected_last)
    assert (compared.group_by, compared.person_id) == (("model",), 7)


@pytest.mark.parametrize(
    ("now", "then", "says"),
    [
        (3, 2, "+50 %, $2.00 before"),
        (1, 2, "−50 %, $2.00 before"),
        (20, 2, "+900 %, $2.00 before"),
        (9000, 2, "4,500 × $2.00 before"),
        (2, 2, "as before"),
        (0, 0, "as before"),
        (2, 0, "nothing before"),
        (0, 2, "−100 %, $2.00 before"),
    ],
)
def test_a_difference_is_said_in_words_and_signs(now: int, then: int, says: str) -> None:
    cost, *_ = figures(Figures(cost_usd=Decimal(now)), Figures(cost_usd=Decimal(then)))

    assert (cost.name, cost.difference) == ("Cost", says)


def test_a_single_day_is_named_once() -> None:
    day = date(2026, 11, 21)

    assert days_of(UsageFilter(day, day)) == "21 November 2026"
