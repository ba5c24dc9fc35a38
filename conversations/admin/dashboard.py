"""The first page of the admin: what happened today and this month."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.http import HttpRequest
from django.template.response import TemplateResponse

from conversations.admin.recorded import may_see_usage, page_of
from conversations.models import RefusalEvent, ReviewState
from conversations.models.usage import STOPPED, midnight
from conversations.usage.filters import UsageFilter
from conversations.usage.numbers import usd
from conversations.usage.reports import attempts, dollars, exact_cost

Index = Callable[[HttpRequest, dict[str, Any] | None], TemplateResponse]


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    value: str
    url: str


@dataclass(frozen=True, slots=True)
class Span:
    """Today or this month, with its figures."""

    name: str
    figures: tuple[Figure, ...]


def with_dashboard(index: Index) -> Index:
    def shown(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return index(request, {**(extra_context or {}), **dashboard(request)})

    return shown


def dashboard(request: HttpRequest) -> dict[str, Any]:
    """Only the figures that this person may see."""
    month = UsageFilter.this_month()
    today = UsageFilter(month.to_date, month.to_date)
    spans: list[Span] = []
    if may_see_usage(request):
        spans = [Span("Today", _figures(today)), Span("This month", _figures(month))]
    return {"spans": spans, "to_review": _to_review(request)}


def _figures(asked: UsageFilter) -> tuple[Figure, ...]:
    counted = attempts(asked).aggregate(
        cost=exact_cost(),
        requests=Count("pk"),
        people=Count("person_name", distinct=True),
        refusals=Count("refusal"),
        failures=Count("pk", filter=~Q(reason__in=("", STOPPED))),
    )
    report, entries, since = page_of("usageentry_report"), page_of("usageentry_changelist"), _since(asked)
    return (
        Figure("Cost", usd(dollars(counted["cost"])), f"{report}?{asked.query}"),
        Figure("Requests", f"{counted['requests']:,}", f"{entries}?{since}"),
        Figure("Active people", f"{counted['people']:,}", f"{report}?{asked.query}"),
        Figure("Refusals", f"{counted['refusals']:,}", f"{page_of('refusalevent_changelist')}?{since}"),
        Figure("Failed requests", f"{counted['failures']:,}", f"{entries}?{since}&wrong=any"),
    )


def _since(asked: UsageFilter) -> str:
    return urlencode({"at__gte": midnight(asked.from_date)})


def _to_review(request: HttpRequest) -> Figure | None:
    if not request.user.has_perms(["conversations.view_refusalevent"]):
        return None
    new = RefusalEvent.objects.filter(state=ReviewState.NEW).count()
    return Figure(
        "Refusals to review", f"{new:,}", f"{page_of('refusalevent_changelist')}?state__exact={ReviewState.NEW}"
    )
