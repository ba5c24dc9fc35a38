"""What a report is asked for: days, grouping, whose. Read from an address, where nonsense gets a sentence back."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils import timezone

GROUPS = ("user", "group", "project", "model", "purpose", "day")
FIRST_YEAR, LAST_YEAR = 2000, 2099  # so that no time zone moves a day out of the calendar


class FilterError(ValueError):
    """`str()` is the sentence for whoever asked."""


@dataclass(frozen=True, slots=True)
class UsageFilter:
    """Both days are included, in the site's time zone. `person_id` narrows to one person's attempts, `group_id` to one
    group's, `project_id` to one project's; NO_PROJECT to those outside of projects.
    """

    from_date: date
    to_date: date
    group_by: tuple[str, ...] = ("user",)
    person_id: int | None = None
    group_id: int | None = None
    project_id: int | None = None

    @classmethod
    def this_month(cls, *, group_by: tuple[str, ...] = ("user",), person_id: int | None = None) -> "UsageFilter":
        today = timezone.localdate(timezone=timezone.get_default_timezone())
        return cls(today.replace(day=1), today, group_by, person_id)

    @classmethod
    def or_this_month(cls, query: QueryDict) -> "tuple[UsageFilter, str]":
        """As asked, or this month and the sentence that says what was asked wrongly."""
        try:
            return cls.from_query(query), ""
        except FilterError as refused:
            return cls.this_month(), str(refused)

    @classmethod
    def from_query(cls, query: QueryDict) -> "UsageFilter":
        """From `from`, `to`, `group_by` (comma-separated or repeated), `person`, `group` and `project`.

        Raises FilterError.
        """
        default = cls.this_month()
        asked = cls(
            from_date=_day(query, "from", default.from_date),
            to_date=_day(query, "to", default.to_date),
            group_by=_groups(query.getlist("group_by")) or default.group_by,
            person_id=_number(query, "person"),
            group_id=_number(query, "group"),
            project_id=_number(query, "project"),
        )
        if asked.from_date > asked.to_date:
            raise FilterError(f"“From” ({asked.from_date}) is later than “to” ({asked.to_date}).")
        return asked

    @property
    def query(self) -> str:
        """The same filter as the query of an address."""
        named = {"from": self.from_date, "to": self.to_date, "group_by": ",".join(self.group_by)}
        whose = {"person": self.person_id, "group": self.group_id, "project": self.project_id}
        return urlencode(named | {name: number for name, number in whose.items() if number is not None}, safe=",")

    @property
    def for_everybody(self) -> "UsageFilter":
        return replace(self, person_id=None, group_id=None, project_id=None)


@dataclass(frozen=True, slots=True)
class QuickRange:
    name: str
    asked: UsageFilter


def quick_ranges(asked: UsageFilter) -> tuple[QuickRange, ...]:
    """The ranges that people ask for most, as of today; otherwise the same filter."""
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    month = today.replace(day=1)
    last_month_ends = month - timedelta(days=1)
    spans = {
        "Today": (today, today),
        "Last 7 days": (today - timedelta(days=6), today),
        "This month": (month, today),
        "Last month": (last_month_ends.replace(day=1), last_month_ends),
        "This year": (today.replace(month=1, day=1), today),
    }
    return tuple(
        QuickRange(name, replace(asked, from_date=first, to_date=last)) for name, (first, last) in spans.items()
    )


def _day(query: QueryDict, name: str, default: date) -> date:
    given = query.get(name, "").strip()
    if not given:
        return default
    try:
        day = date.fromisoformat(given)
    except ValueError:
        raise FilterError(f"“{name}” is not a date such as {default}: {given[:40]!r}.") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise FilterError(f"“{name}” must lie between the years {FIRST_YEAR} and {LAST_YEAR}: {given[:40]!r}.")
    return day


def _groups(given: list[str]) -> tuple[str, ...]:
    names = [name.strip() for part in given for name in part.split(",") if name.strip()]
    for name in names:
        if name not in GROUPS:
            raise FilterError(f"“group_by” takes any of {', '.join(GROUPS)}, not {name[:40]!r}.")
    return tuple(dict.fromkeys(names))


def _number(query: QueryDict, name: str) -> int | None:
    given = query.get(name, "")
    if not given:
        return None
    if not (given.isascii() and given.isdecimal() and len(given) < 19):
        raise FilterError(f"“{name}” is the number of a {name}, not {given[:40]!r}.")
    return int(given)
