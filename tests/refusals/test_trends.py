"""Trends of refusals by category, model and group, as charts and as the same figures in tables and CSV."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from conversations.claude.events import Refused
from conversations.models import PeopleGroup, RefusalEvent, ReviewState, User
from tests.admin.conftest import StaffWith, staff_with
from tests.usage.attempts import HAIKU, OPUS, attempt, booked

__all__ = ["staff_with"]

ADDRESS = "/admin/conversations/refusalevent/report/"
DAYS = "from=2026-03-01&to=2026-03-31"


def declined(person: User, category: str, day: int, *, model: str = OPUS, **fields: Any) -> RefusalEvent:
    entry = booked(person, attempt(model=model), refused=Refused(category, None, after_text=False))
    at = datetime(2026, 3, day, 12, tzinfo=UTC)
    RefusalEvent.objects.filter(usage=entry).update(at=at, model=model, **fields)
    return RefusalEvent.objects.get(usage=entry)


@pytest.fixture
def march(alice: User, ben: User) -> None:
    group = PeopleGroup.objects.create(name="Readers")
    User.objects.filter(pk=ben.pk).update(group=group)
    ben.refresh_from_db()
    declined(alice, "cyber", 3, state=ReviewState.FALSE_ALARM, reported_at=datetime(2026, 3, 4, tzinfo=UTC))
    declined(alice, "cyber", 3, state=ReviewState.POLICY)
    declined(alice, "", 4, model=HAIKU)
    declined(ben, "cyber", 31, model=HAIKU)
    RefusalEvent.objects.filter(pk=declined(alice, "bio", 1).pk).update(at=datetime(2026, 4, 1, 12, tzinfo=UTC))


def shown(client: Client, query: str) -> Any:
    response: Any = client.get(f"{ADDRESS}?{DAYS}&{query}")
    assert response.status_code == 200
    return response.context


def told(context: Any) -> dict[str, tuple[int, ...]]:
    return {trend.name: trend.tally for trend in context["trends"]}


def test_they_are_told_by_category(cleo_client: Client, march: None) -> None:
    context = shown(cleo_client, "by=category")

    # refusals, reported, new, false alarm, policy, escalated, resolved
    assert told(context) == {"cyber": (3, 1, 1, 1, 1, 0, 0), "none named": (1, 0, 1, 0, 0, 0, 0)}
    assert context["totals"] == (4, 1, 2, 1, 1, 0, 0)


def test_and_by_model_and_group(cleo_client: Client, march: None) -> None:
    assert {name: row[0] for name, row in told(shown(cleo_client, "by=model")).items()} == {OPUS: 2, HAIKU: 2}
    assert {name: row[0] for name, row in told(shown(cleo_client, "by=group")).items()} == {"none": 3, "Readers": 1}


def test_the_charts_and_the_table_say_the_same(cleo_client: Client, march: None) -> None:
    context = shown(cleo_client, "by=category")

    names = [chart.name for chart in context["charts"]]
    assert names == ["Refusals per day", "cyber per day", "none named per day"]
    assert [len(chart.bars) for chart in context["charts"]] == [31, 31, 31]
    rows = {when: (total, counts) for when, total, counts in context["periods"]}
    assert rows["Tuesday, 3 March 2026"] == (2, (2, 0))
    assert rows["Wednesday, 4 March 2026"] == (1, (0, 1))
    assert rows["Tuesday, 31 March 2026"] == (1, (1, 0))
    assert sum(total for total, _ in rows.values()) == 4
    assert [bar.title for bar in context["charts"][0].bars if bar.height] == [
        "Tuesday, 3 March 2026: 2",
        "Wednesday, 4 March 2026: 1",
        "Tuesday, 31 March 2026: 1",
    ]


def test_the_file_has_every_day_category_model_and_group(cleo_client: Client, march: None) -> None:
    response: Any = cleo_client.get(f"{ADDRESS}?{DAYS}&format=csv")

    rows = list(csv.DictReader(io.StringIO(response.getvalue().decode())))
    assert [(row["day"], row["category"], row["model"], row["group"], row["refusals"]) for row in rows] == [
        ("2026-03-03", "cyber", OPUS, "none", "2"),
        ("2026-03-04", "", HAIKU, "none", "1"),
        ("2026-03-31", "cyber", HAIKU, "Readers", "1"),
    ]
    assert rows[0]["false_alarm"] == rows[0]["policy"] == rows[0]["reported"] == "1"


def test_a_long_range_is_told_by_month(cleo_client: Client, march: None) -> None:
    response: Any = cleo_client.get(f"{ADDRESS}?from=2026-01-01&to=2026-12-31")

    assert [(when, total) for when, total, _ in response.context["periods"] if total] == [
        ("March 2026", 4),
        ("April 2026", 1),
    ]


def test_a_group_admin_sees_their_group_alone(ben: User, march: None) -> None:
    User.objects.filter(pk=ben.pk).update(is_group_admin=True, is_staff=True)
    client = Client()
    client.force_login(User.objects.get(pk=ben.pk))

    context = shown(client, "by=category")

    assert told(context) == {"cyber": (1, 0, 1, 0, 0, 0, 0)}
    response: Any = client.get(f"{ADDRESS}?{DAYS}&format=csv")
    assert len(list(csv.DictReader(io.StringIO(response.getvalue().decode())))) == 1


def test_it_is_for_staff_who_may_see_refusals(staff_with: StaffWith, alice_client: Client, march: None) -> None:
    assert alice_client.get(ADDRESS, follow=True).status_code == 403
    assert staff_with("view_usageentry").get(ADDRESS).status_code == 403
    assert staff_with("view_refusalevent").get(ADDRESS).status_code == 200


def test_nonsense_gets_a_sentence(cleo_client: Client) -> None:
    assert cleo_client.get(f"{ADDRESS}?from=x").status_code == 400
    assert cleo_client.get(f"{ADDRESS}?from=x&format=csv").status_code == 400
    assert "Claude declined nothing" in cleo_client.get(f"{ADDRESS}?by=nothing").text
