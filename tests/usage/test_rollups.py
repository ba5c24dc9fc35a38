"""Rollups count each row of the ledger once, whatever is booked, deleted or counted anew."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from conversations.claude.events import CacheMiss, Refused, TokenCounts
from conversations.models import Conversation, PeopleGroup, Project, Purpose, Rollup, User
from conversations.models.rollups import SUMS
from conversations.usage import rollups
from conversations.usage.filters import UsageFilter
from conversations.usage.reports import by_day, report_rows, totals
from tests.proof.depth import walks
from tests.usage.attempts import HAIKU, OPUS, attempt, booked, forget_the_ledger

NEW_YEAR = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
MOST = UsageFilter(date(2026, 1, 1), date(2027, 12, 31))
BY_ALL = ("is_month", "day", "person_id", "group_name", "project_id", "model", "purpose", "billed", "estimated")


def kept() -> list[dict[str, Any]]:
    """By everything but lanes, of which a rebuild needs one alone."""
    return _by_all(Rollup.objects.with_report_names().values(*BY_ALL, "zone", *SUMS))


def rebuilt() -> list[dict[str, Any]]:
    rollups.rebuild()
    return kept()


def _by_all(rows: Any) -> list[dict[str, Any]]:
    summed: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple(row[name] for name in (*BY_ALL, "zone"))
        seen = summed.setdefault(key, dict.fromkeys(SUMS, 0) | {name: row[name] for name in (*BY_ALL, "zone")})
        for name in SUMS:
            seen[name] += row[name]
    return [summed[key] for key in sorted(summed)]


def test_rows_of_a_kind_are_one_rollup(alice: User) -> None:
    tokens = TokenCounts(input=1, cache_write_5m=2, cache_write_1h=3, cache_read=4, output=5, web_searches=6)
    for _ in range(3):
        booked(alice, attempt(tokens), at=NEW_YEAR)

    rollup, of_month = Rollup.objects.order_by("is_month")

    assert (of_month.day, of_month.requests, of_month.web_searches) == (date(2026, 12, 1), 3, 18)
    assert (rollup.day, rollup.zone, rollup.person_id, rollup.model) == (date(2026, 12, 31), "UTC", alice.pk, OPUS)
    assert (rollup.requests, rollup.input_tokens, rollup.cache_read_tokens, rollup.web_searches) == (3, 3, 12, 18)


def test_money_is_added_to_the_last_digit(alice: User) -> None:
    for _ in range(3):
        booked(alice, attempt(TokenCounts(cache_write_5m=1), model=HAIKU), at=NEW_YEAR)

    assert totals(MOST).cost_usd == Decimal("0.000000375")


def test_what_was_estimated_is_in_the_sum_and_told_apart(alice: User) -> None:
    booked(alice, attempt(), at=NEW_YEAR)
    booked(alice, attempt(TokenCounts(output=100), estimated=True), at=NEW_YEAR)

    used = totals(MOST)

    assert (used.cost_usd, used.estimated_cost_usd, used.estimated_requests) == (Decimal("0.016"), Decimal("0.002"), 1)


def test_the_deletion_of_a_person_moves_no_sum(alice: User, ben: User) -> None:
    booked(alice, at=NEW_YEAR)
    booked(ben, at=NEW_YEAR)
    before, was_called = kept(), alice.pseudonym

    alice.delete()

    assert kept() == before == rebuilt()
    assert [row.group["user"] for row in report_rows(MOST)] == ["ben", was_called]


def test_in_another_time_zone_the_days_are_counted_anew_and_nothing_is_lost(
    alice: User, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    booked(alice, at=NEW_YEAR)
    settings.TIME_ZONE = "Europe/Berlin"

    assert not rollups.are_in_step()
    booked(alice, at=NEW_YEAR)
    assert totals(MOST).requests == 2  # until then both count, each on the day as which it was booked
    assert set(by_day(MOST)) == {date(2026, 12, 31), date(2027, 1, 1)}

    call_command("rebuild_rollups")

    assert rollups.are_in_step()
    assert {day: used.requests for day, used in by_day(MOST).items()} == {date(2027, 1, 1): 2}
    assert "2 rollups. Those before were not in step" in capsys.readouterr().out


@pytest.mark.parametrize("is_month", [False, True])
def test_a_row_that_was_not_counted_is_noticed(alice: User, is_month: bool) -> None:
    booked(alice)
    Rollup.objects.filter(is_month=is_month).delete()

    assert not rollups.are_in_step()
    rollups.rebuild()
    assert rollups.are_in_step()


def test_a_ledger_without_rows_is_in_step(db: None) -> None:
    assert rollups.are_in_step()
    assert rollups.rebuild() == 0


def test_what_is_not_booked_is_not_counted(alice: User) -> None:
    with transaction.atomic():
        booked(alice)
        transaction.set_rollback(True)

    assert kept() == []


counts = st.integers(min_value=0, max_value=300_000)
tokens = st.builds(TokenCounts, counts, counts, counts, counts, counts)
rows = st.lists(
    st.tuples(
        st.sampled_from(["alice", "ben", "site"]),
        st.sampled_from(["", "Garden", "House"]),
        st.sampled_from([OPUS, HAIKU, ""]),
        st.sampled_from(list(Purpose)),
        st.integers(min_value=0, max_value=60),  # hours
        st.sampled_from(["", "stopped", "overloaded"]),
        st.sampled_from(["", "tools_changed"]),
        tokens,
        st.booleans(),
        st.booleans(),
        st.booleans(),
    ),
    max_size=12,
)


@walks(15, steps=1)
@given(rows=rows, gone=st.booleans(), zone=st.sampled_from(["UTC", "Asia/Kathmandu", "America/Los_Angeles"]))
def test_whatever_is_booked_they_are_what_the_whole_ledger_adds_up_to(
    db: None, rows: list[Any], gone: bool, zone: str
) -> None:
    forget_the_ledger()
    with override_settings(TIME_ZONE=zone):
        User.objects.all().delete()
        PeopleGroup.objects.all().delete()
        people = {name: User.objects.create_user(name) for name in ("alice", "ben")}
        people["ben"].group = PeopleGroup.objects.create(name="Friends")
        for who, project, model, purpose, hours, reason, miss, used, billed, estimated, declined in rows:
            ended = replace(
                attempt(used, answered_model=model, reason=reason, billed=billed, estimated=estimated),
                cache_miss=CacheMiss(miss, 10 if miss else 0),
            )
            refused = Refused("bio", None, after_text=False) if declined else None
            at, person = NEW_YEAR + timedelta(hours=hours), people.get(who)
            chat = _chat(person, project) if person else None
            booked(person, ended, at=at, refused=refused, purpose=purpose, conversation=chat)
        before = kept()
        if gone:
            Project.objects.filter(name="House").delete()
            people["ben"].delete()
            PeopleGroup.objects.all().delete()

        assert rollups.are_in_step()
        assert kept() == rebuilt()
        assert [row["project_id"] for row in kept()] == [row["project_id"] for row in before]


def _chat(person: User, project: str) -> Conversation:
    of = Project.objects.get_or_create(owner=person, name=project)[0] if project else None
    return Conversation.objects.create(owner=person, project=of, model=OPUS)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_transactions_that_book_the_same_people_in_another_order_do_not_wait_for_one_another() -> None:
    """In one row for all of them each would wait for what the other has, until PostgreSQL ends one of them."""
    alice, ben = User.objects.create_user("alice"), User.objects.create_user("ben")
    meet = threading.Barrier(2, timeout=30)
    failed: list[BaseException] = []

    def book_both(*people: User) -> None:
        try:
            with transaction.atomic():
                booked(people[0])
                meet.wait()
                booked(people[1])
                meet.wait()
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=book_both, args=order) for order in ((alice, ben), (ben, alice))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert totals(UsageFilter.this_month()).requests == 4
    assert kept() == rebuilt()
