"""The ledger added up: whatever it is grouped by, it comes to the same, to the last digit."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.claude.events import Refused, TokenCounts
from conversations.models import UsageEntry, User
from conversations.usage.filters import GROUPS, UsageFilter
from conversations.usage.reports import Figures, by_day, report_rows, totals
from conversations.usage.series import added_up
from tests.usage.attempts import HAIKU, OPUS, SONNET, attempt, booked

NOVEMBER = UsageFilter(date(2026, 11, 1), date(2026, 11, 30))
NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)


def grouped(*names: str) -> list[tuple[tuple[str, ...], Figures]]:
    rows = report_rows(replace(NOVEMBER, group_by=names))
    return [(tuple(row.group.values()), row.figures) for row in rows]


def test_a_row_holds_what_a_person_used_of_a_model_on_a_day(alice: User) -> None:
    tokens = TokenCounts(input=10, cache_write_5m=20, cache_write_1h=30, cache_read=40, output=50, web_searches=1)
    booked(alice, attempt(tokens, model=OPUS, estimated=True), at=NOON)
    booked(alice, attempt(tokens, model=OPUS), at=NOON, refused=Refused("bio", None, after_text=True))

    ((group, figures),) = grouped("user", "model", "day")

    assert group == ("alice", OPUS, "2026-11-10")
    expected_cost = 2 * (Decimal("0.000040") + Decimal("0.0001") + Decimal("0.00024") + Decimal("0.000008"))
    expected_cost += 2 * (Decimal("0.001") + Decimal("0.01"))
    assert figures == Figures(2, 20, 40, 60, 80, 100, 2, expected_cost, 1, 1)


def test_groups_come_in_the_order_in_which_they_were_asked_for(alice: User, ben: User) -> None:
    booked(ben, attempt(model=OPUS), at=NOON)
    booked(alice, attempt(model=SONNET), at=NOON)

    assert [group for group, _ in grouped("model", "user")] == [(OPUS, "ben"), (SONNET, "alice")]
    assert [group for group, _ in grouped("user", "model")] == [("alice", SONNET), ("ben", OPUS)]


def test_a_failed_attempt_counts_for_the_model_that_was_asked(alice: User) -> None:
    booked(alice, attempt(TokenCounts(), model=HAIKU, answered_model="", billed=False, reason="overloaded"), at=NOON)

    assert [group for group, _ in grouped("model")] == [(HAIKU,)]


def test_a_renamed_person_is_one_row_and_namesakes_one_after_the_other_are_two(alice: User, ben: User) -> None:
    booked(alice, at=NOON)
    booked(ben, at=NOON)
    ben.delete()
    User.objects.filter(pk=alice.pk).update(username="ben")
    booked(User.objects.get(), at=NOON)

    rows = list(report_rows(NOVEMBER))

    assert [(row.group["user"], row.figures.requests, row.is_person_gone) for row in rows] in (
        [("ben", 2, False), ("ben", 1, True)],
        [("ben", 1, True), ("ben", 2, False)],  # databases sort what is missing first or last
    )


@pytest.mark.parametrize(
    ("zone", "first", "last"),
    [
        ("UTC", "2026-11-10T00:00:00+00:00", "2026-11-10T23:59:59.999999+00:00"),
        ("Pacific/Auckland", "2026-11-09T11:00:00+00:00", "2026-11-10T10:59:59.999999+00:00"),
        ("America/Los_Angeles", "2026-11-10T08:00:00+00:00", "2026-11-11T07:59:59.999999+00:00"),
    ],
)
def test_a_day_begins_and_ends_at_midnight_of_the_site(
    alice: User, settings: Any, zone: str, first: str, last: str
) -> None:
    settings.TIME_ZONE = zone
    begins, ends = datetime.fromisoformat(first), datetime.fromisoformat(last)
    for at in (begins - timedelta(microseconds=1), begins, ends, ends + timedelta(microseconds=1)):
        booked(alice, at=at)

    days = by_day(NOVEMBER)
    on_that_day = totals(UsageFilter(date(2026, 11, 10), date(2026, 11, 10)))

    assert {day: figures.requests for day, figures in days.items()} == {
        date(2026, 11, 9): 1,
        date(2026, 11, 10): 2,
        date(2026, 11, 11): 1,
    }
    assert on_that_day.requests == 2


def test_the_day_on_which_the_clocks_go_back_has_25_hours(alice: User, settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    midnight = datetime(2026, 10, 25, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    for hour in range(-1, 26):
        booked(alice, at=midnight + timedelta(hours=hour))

    assert totals(UsageFilter(date(2026, 10, 25), date(2026, 10, 25))).requests == 25


def test_only_what_one_person_used_is_counted_where_it_is_asked_for(alice: User, ben: User) -> None:
    booked(alice, at=NOON)
    booked(ben, at=NOON)

    own = replace(NOVEMBER, person_id=alice.pk)

    assert [row.group["user"] for row in report_rows(own)] == ["alice"]
    assert totals(own).requests == 1


def test_nothing_used_comes_to_nothing(db: None) -> None:
    assert list(report_rows(NOVEMBER)) == []
    assert totals(NOVEMBER) == Figures()


counts = st.integers(min_value=0, max_value=300_000)
entries = st.tuples(
    st.sampled_from(["alice", "ben"]),
    st.sampled_from([OPUS, SONNET, HAIKU, "claude-fable-5-1", "claude-novel-9"]),
    st.integers(min_value=1, max_value=30),
    st.builds(
        TokenCounts,
        input=counts,
        cache_write_5m=counts,
        cache_write_1h=counts,
        cache_read=counts,
        output=counts,
        web_searches=st.integers(min_value=0, max_value=9),
    ),
    st.booleans(),
    st.booleans(),
)
GROUPINGS = [names for size in (1, 2, 3) for names in combinations(GROUPS, size)]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(entries, min_size=1, max_size=8))
def test_however_it_is_grouped_the_sums_are_those_of_the_rows(alice: User, ben: User, rows: list[Any]) -> None:
    UsageEntry.objects.all().delete()
    people = {"alice": alice, "ben": ben}
    for name, model, day, tokens, billed, estimated in rows:
        ended = attempt(tokens, model=model, billed=billed, estimated=estimated)
        booked(people[name], ended, at=datetime(2026, 11, day, 12, tzinfo=UTC))
    expected = added_up(_figures_of(entry) for entry in UsageEntry.objects.all())

    assert totals(NOVEMBER) == expected
    for names in GROUPINGS:
        assert added_up(figures for _, figures in grouped(*names)) == expected


def _figures_of(entry: UsageEntry) -> Figures:
    return Figures(
        requests=1,
        input_tokens=entry.input_tokens,
        cache_write_5m_tokens=entry.cache_write_5m_tokens,
        cache_write_1h_tokens=entry.cache_write_1h_tokens,
        cache_read_tokens=entry.cache_read_tokens,
        output_tokens=entry.output_tokens,
        web_searches=entry.web_searches,
        cost_usd=entry.cost_usd,
        estimated_requests=int(entry.estimated),
    )
