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

from conversations.chats.keep import move
from conversations.claude.events import Refused, TokenCounts
from conversations.models import Conversation, Project, UsageEntry, User
from conversations.models.rollups import NO_PROJECT
from conversations.projects.keep import begin, change, delete
from conversations.usage.filters import GROUPS, UsageFilter
from conversations.usage.reports import Figures, by_day, by_month, report_rows, totals
from conversations.usage.series import added_up
from tests.usage.attempts import HAIKU, OPUS, SONNET, attempt, booked, forget_the_ledger

NOVEMBER = UsageFilter(date(2026, 11, 1), date(2026, 11, 30))
YEAR = UsageFilter(date(2026, 1, 1), date(2026, 12, 31))
NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)


def grouped(*names: str, of: UsageFilter = NOVEMBER) -> list[tuple[tuple[str, ...], Figures]]:
    rows = report_rows(replace(of, group_by=names))
    return [(tuple(row.group.values()), row.figures) for row in rows]


def chat_in(project: Project | None, owner: User) -> Conversation:
    return Conversation.objects.create(owner=owner, project=project, model=OPUS)


def test_a_row_holds_what_a_person_used_of_a_model_on_a_day(alice: User) -> None:
    tokens = TokenCounts(input=10, cache_write_5m=20, cache_write_1h=30, cache_read=40, output=50, web_searches=1)
    booked(alice, attempt(tokens, model=OPUS, estimated=True), at=NOON)
    booked(alice, attempt(tokens, model=OPUS), at=NOON, refused=Refused("bio", None, after_text=True))

    ((group, figures),) = grouped("user", "model", "day")

    assert group == ("alice", OPUS, "2026-11-10")
    expected_cost = 2 * (Decimal("0.000040") + Decimal("0.0001") + Decimal("0.00024") + Decimal("0.000008"))
    expected_cost += 2 * (Decimal("0.001") + Decimal("0.01"))
    assert figures == Figures(2, 20, 40, 60, 80, 100, 2, expected_cost, 1, 1, expected_cost / 2)


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
    was_ben = ben.pseudonym
    ben.delete()
    User.objects.filter(pk=alice.pk).update(username="ben")
    booked(User.objects.get(), at=NOON)

    rows = list(report_rows(NOVEMBER))

    assert [(row.group["user"], row.figures.requests) for row in rows] == [("ben", 2), (was_ben, 1)]


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


def test_projects_of_one_name_are_two_rows_and_one_that_is_gone_keeps_its_own(alice: User, ben: User) -> None:
    of_alice, of_ben = begin(alice, "Garden"), begin(ben, "Garden")
    chats = [chat_in(of_alice, alice), chat_in(of_alice, alice), chat_in(of_ben, ben), chat_in(None, alice)]
    for chat in chats:
        booked(chat.owner, at=NOON, conversation=chat)
    before = totals(NOVEMBER)

    assert [(*group, figures.requests) for group, figures in grouped("project")] == [
        ("Garden (alice)", 2),
        ("Garden (ben)", 1),
        ("none", 1),
    ]
    number = of_ben.pk
    change(of_alice, name="Yard", instructions="")
    delete(of_ben)

    rows = list(report_rows(replace(NOVEMBER, group_by=("project", "user"))))
    told = {(row.project_id, *row.group.values(), row.figures.requests) for row in rows}
    assert told == {
        (of_alice.pk, "Yard (alice)", "alice", 2),
        (number, f"deleted project {number}", "ben", 1),
        (NO_PROJECT, "none", "alice", 1),
    }
    assert totals(NOVEMBER) == before


def test_a_chat_that_moves_takes_no_costs_along(alice: User) -> None:
    garden, house = begin(alice, "Garden"), begin(alice, "House")
    chat = chat_in(garden, alice)
    booked(alice, at=NOON, conversation=chat)
    move(chat, house)
    booked(alice, at=NOON, conversation=chat)
    booked(alice, at=NOON, conversation=chat)

    requests = {project: totals(replace(NOVEMBER, project_id=project)).requests for project in (garden.pk, house.pk, 0)}
    assert requests == {garden.pk: 1, house.pk: 2, NO_PROJECT: 0}


@pytest.mark.parametrize("names", [("user", "day"), ("day", "user"), ("project", "day"), ("project", "user", "day")])
def test_a_long_report_by_day_counts_whoever_is_gone_and_what_was_nobodys(
    alice: User, ben: User, names: tuple[str, ...]
) -> None:
    """It is read in portions."""
    booked(None, at=NOON)
    booked(alice, at=NOON)
    booked(ben, at=NOON, conversation=chat_in(begin(ben, "Garden"), ben))
    ben.delete()

    assert grouped(*names, of=YEAR) == grouped(*names)
    assert sum(figures.requests for _, figures in grouped(*names, of=YEAR)) == 3


def test_nothing_used_comes_to_nothing(db: None) -> None:
    assert list(report_rows(NOVEMBER)) == []
    assert totals(NOVEMBER) == Figures()


counts = st.integers(min_value=0, max_value=300_000)
entries = st.tuples(
    st.sampled_from(["alice", "ben"]),
    st.sampled_from(["", "garden", "house"]),
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
GROUPINGS = [order for size in (1, 2, 3) for names in combinations(GROUPS, size) for order in (names, names[::-1])]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(entries, min_size=1, max_size=8), gone=st.booleans())
def test_however_it_is_grouped_the_sums_are_those_of_the_rows(
    alice: User, ben: User, rows: list[Any], gone: bool
) -> None:
    forget_the_ledger()
    people = {"alice": alice, "ben": ben}
    for name, project, model, day, tokens, billed, estimated in rows:
        ended, person = attempt(tokens, model=model, billed=billed, estimated=estimated), people[name]
        of = Project.objects.get_or_create(owner=person, name=project)[0] if project else None
        booked(person, ended, at=datetime(2026, 11, day, 12, tzinfo=UTC), conversation=chat_in(of, person))
    if gone:
        for each in Project.objects.filter(name="house"):
            delete(each)
    expected = added_up(_figures_of(entry) for entry in UsageEntry.objects.all())

    assert totals(NOVEMBER) == expected
    for names in GROUPINGS:
        found = grouped(*names)
        assert added_up(figures for _, figures in found) == expected
        assert [group for group, _ in found] == sorted({group for group, _ in found})
        assert found == grouped(*names, of=YEAR)


days = st.dates(date(2026, 1, 1), date(2027, 3, 31))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(used_on=st.lists(days, min_size=1, max_size=6), ends=st.tuples(days, days))
def test_whole_months_and_the_days_around_them_are_what_the_days_are(
    alice: User, used_on: list[date], ends: tuple[date, date]
) -> None:
    forget_the_ledger()
    for day in used_on:
        booked(alice, at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
    asked = UsageFilter(min(ends), max(ends))
    expected = sum(asked.from_date <= day <= asked.to_date for day in used_on)

    assert sum(figures.requests for figures in by_day(asked).values()) == expected
    assert sum(figures.requests for figures in by_month(asked).values()) == expected
    assert totals(asked).requests == expected
    assert sum(row.figures.requests for row in report_rows(asked)) == expected


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
        estimated_cost_usd=entry.cost_usd if entry.estimated else Decimal(0),
    )
