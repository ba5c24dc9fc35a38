"""The usage report: who used what, when, with which model, and for how much money."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import render

from conversations.models import User
from conversations.usage.download import csv_portions, streamed
from conversations.usage.filters import GROUPS, FilterError, UsageFilter
from conversations.usage.page import report_page
from conversations.usage.reports import FIGURE_NAMES, report_rows


def report(request: HttpRequest, page: Any) -> HttpResponseBase:
    """For staff who may see the ledger. What is asked wrongly gets a sentence and status 400."""
    if not page.has_view_permission(request):
        raise PermissionDenied
    wants_csv = request.GET.get("format") == "csv"
    try:
        asked = UsageFilter.from_query(request.GET)
    except FilterError as error:
        if wants_csv:
            return HttpResponseBadRequest(f"{error}\n", content_type="text/plain; charset=utf-8")
        return _page(request, page, UsageFilter.this_month(), error=str(error))
    return _csv(request, asked) if wants_csv else _page(request, page, asked)


def _csv(request: HttpRequest, asked: UsageFilter) -> HttpResponseBase:
    rows = ((*row.group.values(), *row.figures.cells) for row in report_rows(asked))
    return streamed(
        request,
        csv_portions([*asked.group_by, *FIGURE_NAMES], rows),
        content_type="text/csv; charset=utf-8",
        filename=f"usage_{asked.from_date}_{asked.to_date}.csv",
    )


def _page(request: HttpRequest, page: Any, asked: UsageFilter, *, error: str = "") -> HttpResponse:
    context = page.admin_site.each_context(request) | report_page(asked, chart=request.GET.get("chart", ""))
    person = User.objects.filter(pk=asked.person_id).first() if asked.person_id else None
    context |= {"title": "Usage report", "opts": page.opts, "error": error, "person": person, "groups": GROUPS}
    return render(request, "admin/usage_report.html", context, status=400 if error else 200)
