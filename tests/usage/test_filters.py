"""What an address may ask of a report, and the sentence for what it may not."""

from datetime import date

import pytest
from django.http import QueryDict
from django.utils import timezone

from conversations.usage.filters import FilterError, UsageFilter, quick_ranges


def asked(query: str) -> UsageFilter:
    return UsageFilter.from_query(QueryDict(query))


def test_an_empty_address_asks_for_this_month_by_user() -> None:
    today = timezone.localdate()

    assert asked("") == UsageFilter(today.replace(day=1), today, ("user",))


def test_an_address_says_which_days_and_groups() -> None:
    assert asked("from=2026-11-01&to=2026-11-30&group_by=day,model") == UsageFilter(
        date(2026, 11, 1), date(2026, 11, 30), ("day", "model")
    )


def test_boxes_that_are_ticked_twice_count_once() -> None:
    assert asked("group_by=model&group_by=day,model").group_by == ("model", "day")


def test_a_filter_and_its_address_are_the_same() -> None:
    once = asked("from=2026-01-01&to=2026-12-31&group_by=user,day&person=7&project=0")

    assert asked(once.query) == once
    assert (once.person_id, once.group_id, once.project_id) == (7, None, 0)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("from=yesterday", "“from” is not a date such as"),
        ("to=2026-02-30", "“to” is not a date such as"),
        ("from=0001-01-01", "“from” must lie between the years 2000 and 2099"),
        ("to=9999-12-31", "“to” must lie between the years 2000 and 2099"),
        ("from=2026-11-02&to=2026-11-01", "“From” (2026-11-02) is later than “to” (2026-11-01)."),
        ("group_by=user,hour", "“group_by” takes any of user, group, project, model, purpose, day, not 'hour'."),
        ("person=alice", "“person” is the number of a person, not 'alice'."),
        ("group=interns", "“group” is the number of a group, not 'interns'."),
        ("project=garden", "“project” is the number of a project, not 'garden'."),
        ("person=99999999999999999999", "“person” is the number of a person"),
        ("person=²", "“person” is the number of a person"),
    ],
)
def test_nonsense_gets_a_sentence(query: str, sentence: str) -> None:
    with pytest.raises(FilterError) as refused:
        asked(query)

    assert str(refused.value).startswith(sentence)


def test_quick_ranges_keep_whom_and_how() -> None:
    ranges = quick_ranges(asked("group_by=model&person=7"))

    assert {(each.asked.group_by, each.asked.person_id) for each in ranges} == {(("model",), 7)}
    assert all(each.asked.from_date <= each.asked.to_date for each in ranges)
