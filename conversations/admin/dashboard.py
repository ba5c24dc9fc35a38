"""The first page of the admin: what stands, what happened today and this month, and how the site is."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count
from django.http import HttpRequest
from django.template.response import TemplateResponse

from conversations.admin.conditions import conditions
from conversations.admin.reach import in_reach, within_reach
from conversations.admin.recorded import may_see_usage, page_of
from conversations.models import Alert, RefusalEvent, ReviewState
from conversations.models.rollups import NOBODY, RollupQuerySet
from conversations.models.usage import midnight
from conversations.usage.filters import UsageFilter
from conversations.usage.numbers import usd
from conversations.usage.reports import Figures, by_day, rollups, rollups_by_day, totals
from conversations.usage.trends import Trend, trend

Index = Callable[[HttpRequest, dict[str, Any] | None], TemplateResponse]
Counted = dict[str, Decimal]

TREND_DAYS = 30
MOST_ALERTS = 5
ACTIVE = Count("person_id", distinct=True)


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    value: str
    url: str


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure: of today, of this month, and day by day."""

    name: str
    today: Figure
    month: Figure
    trend: Trend


def with_dashboard(index: Index) -> Index:
    def shown(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return index(request, {**(extra_context or {}), **dashboard(request)})

    return shown


def dashboard(request: HttpRequest) -> dict[str, Any]:
    """Only what this person may see."""
    found: dict[str, Any] = {"to_review": _to_review(request)}
    if may_see_usage(request):
        found["tiles"] = _tiles(request)
    if request.user.has_perms(["conversations.view_alert"]):
        standing = Alert.objects.standing().order_by("-since", "-pk")
        found |= {"sees_site": True, "standing": standing[:MOST_ALERTS], "more_alerts": standing.count() > MOST_ALERTS}
        found["conditions"] = conditions()
    return found


NAMES = {
    "cost": "Cost",
    "requests": "Requests",
    "people": "Active people",
    "refusals": "Refusals",
    "failures": "Failed requests",
}


def _tiles(request: HttpRequest) -> list[Tile]:
    month = within_reach(request, UsageFilter.this_month())
    today = replace(month, from_date=month.to_date)
    past = replace(month, from_date=month.to_date - timedelta(days=TREND_DAYS - 1))
    days = [past.from_date + timedelta(days=number) for number in range(TREND_DAYS)]
    counted, of_month = _by_day(past), _counted(totals(month), _people(month))
    of_today = counted.get(today.to_date, dict.fromkeys(NAMES, Decimal(0)))
    return [
        Tile(
            name,
            Figure("today", _written(key, of_today[key]), _link(key, today)),
            Figure("this month", _written(key, of_month[key]), _link(key, month)),
            trend(days, {day: each[key] for day, each in counted.items()}, write=_writer(key)),
        )
        for key, name in NAMES.items()
    ]


def _by_day(asked: UsageFilter) -> dict[date, Counted]:
    by_people = _people_in(rollups_by_day(asked)).values("day").annotate(counted=ACTIVE)
    people = dict(by_people.values_list("day", "counted"))
    return {day: _counted(used, people.get(day, 0)) for day, used in by_day(asked).items()}


def _counted(used: Figures, people: int) -> Counted:
    counts = (used.requests, people, used.refusals, used.failures)
    return dict(zip(NAMES, (used.cost_usd, *map(Decimal, counts)), strict=True))


def _people(asked: UsageFilter) -> int:
    counted: int = _people_in(rollups(asked)).aggregate(counted=ACTIVE)["counted"]
    return counted


def _people_in(found: RollupQuerySet) -> RollupQuerySet:
    return found.exclude(person=NOBODY)


def _writer(key: str) -> Callable[[Decimal], str]:
    return lambda value: _written(key, value)


def _written(key: str, value: Decimal) -> str:
    return usd(value) if key == "cost" else f"{value:,}"


def _link(key: str, asked: UsageFilter) -> str:
    since = urlencode({"at__gte": midnight(asked.from_date)})
    match key:
        case "cost" | "people":
            return f"{page_of('usageentry_report')}?{asked.query}"
        case "refusals":
            return f"{page_of('refusalevent_changelist')}?{since}"
        case "failures":
            return f"{page_of('usageentry_changelist')}?{since}&wrong=any"
    return f"{page_of('usageentry_changelist')}?{since}"


def _to_review(request: HttpRequest) -> Figure | None:
    if not request.user.has_perms(["conversations.view_refusalevent"]):
        return None
    new = in_reach(request, RefusalEvent.objects.filter(state=ReviewState.NEW), "usage__group").count()
    return Figure(
        "Refusals to review", f"{new:,}", f"{page_of('refusalevent_changelist')}?state__exact={ReviewState.NEW}"
    )
