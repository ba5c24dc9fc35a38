"""Periods go by the site's midnight, whatever its clocks do, and an answer is as long as the money left."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.models.budgets import Per, Unit
from conversations.usage.limits import Call, in_units, period_of

BERLIN = ZoneInfo("Europe/Berlin")
MODELS = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "a-model-nobody-knows")


@pytest.fixture
def in_berlin(settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Berlin"


@pytest.mark.parametrize(
    ("per", "first", "next_day"),
    [
        (Per.DAY, date(2026, 12, 31), date(2027, 1, 1)),
        (Per.WEEK, date(2026, 12, 28), date(2027, 1, 4)),
        (Per.MONTH, date(2026, 12, 1), date(2027, 1, 1)),
    ],
)
def test_a_period_is_the_day_the_week_from_monday_or_the_month(per: str, first: date, next_day: date) -> None:
    period = period_of(per, datetime(2026, 12, 31, 12, tzinfo=UTC))

    assert (period.first_day, period.next_day) == (first, next_day)


def test_a_day_begins_at_the_sites_midnight_and_not_at_that_of_utc(in_berlin: None) -> None:
    before = period_of(Per.DAY, datetime(2026, 11, 20, 22, 59, 59, tzinfo=UTC))
    after = period_of(Per.DAY, datetime(2026, 11, 20, 23, 0, tzinfo=UTC))

    assert (before.first_day, after.first_day) == (date(2026, 11, 20), date(2026, 11, 21))
    assert before.ends_at == datetime(2026, 11, 20, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 7, 1), 24)])
def test_a_day_on_which_the_clocks_change_is_one_day(in_berlin: None, day: date, hours: int) -> None:
    noon = datetime.combine(day, datetime.min.time(), tzinfo=BERLIN).replace(hour=12)
    period = period_of(Per.DAY, noon)
    begins = period_of(Per.DAY, noon - timedelta(days=1)).ends_at

    assert (period.first_day, period.next_day) == (day, day + timedelta(days=1))
    assert period.ends_at.astimezone(UTC) - begins.astimezone(UTC) == timedelta(hours=hours)
    assert period_of(Per.DAY, period.ends_at).first_day == day + timedelta(days=1)
    assert period_of(Per.DAY, period.ends_at - timedelta(seconds=1)).first_day == day


@given(
    model=st.sampled_from(MODELS),
    question=st.integers(0, 1_500_000),
    left=st.integers(-(10**12), 10**13),
    unit=st.sampled_from(Unit.values),
)
def test_the_longest_answer_that_there_is_room_for_fits_and_no_longer_one(
    model: str, question: int, left: int, unit: str
) -> None:
    call = Call(model, question, 32_000)
    output = call.most_output(unit, left)

    if output >= 0:
        assert call.takes(unit, output) <= left
        assert call.takes(unit, output + 1) > left
    else:
        assert call.takes(unit, 0) > left


def test_amounts_are_whole_numbers() -> None:
    assert in_units(Unit.USD, Decimal("12.34")) == 123_400_000_000
    assert in_units(Unit.TOKENS, Decimal("5000.00")) == 5000


def test_what_the_cache_keeps_for_an_hour_is_reckoned_at_its_price() -> None:
    """Opus 5.5: 5 dollars for a million tokens that are kept for five minutes, 8 for an hour."""
    call, kept, all_kept = (Call("claude-opus-5-5", 1_000_000, 0, tokens) for tokens in (0, 500_000, 2_000_000))

    assert [each.takes(Unit.USD, 0) for each in (call, kept, all_kept)] == [
        in_units(Unit.USD, Decimal(usd)) for usd in ("5", "6.5", "8")
    ]
    assert kept.takes(Unit.TOKENS, 0) == 1_000_000
