"""The trends of what Claude declined, for those who may see refusals."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import render

from conversations.admin.reach import in_reach
from conversations.models import RefusalEvent
from conversations.refusals.trends import CSV_COLUMNS, KINDS, csv_rows, trends_page
from conversations.usage.download import csv_portions, streamed
from conversations.usage.filters import UsageFilter


def report(request: HttpRequest, page: Any) -> HttpResponseBase:
    """`from`, `to`, and `by`: category, model or group. What is asked wrongly gets a sentence and status 400."""
    if not page.has_view_permission(request):
        raise PermissionDenied
    wants_csv = request.GET.get("format") == "csv"
    asked, error = UsageFilter.or_this_month(request.GET)
    if error and wants_csv:
        return HttpResponseBadRequest(f"{error}\n", content_type="text/plain; charset=utf-8")
    events = in_reach(request, RefusalEvent.objects.all(), "usage__group")
    if wants_csv:
        name = f"refusals_{asked.from_date}_{asked.to_date}.csv"
        written = csv_portions(CSV_COLUMNS, csv_rows(events, asked))
        return streamed(request, written, content_type="text/csv; charset=utf-8", filename=name)
    return _page(request, page, events, asked, error)


def _page(request: HttpRequest, page: Any, events: Any, asked: UsageFilter, error: str) -> HttpResponse:
    by = request.GET.get("by", "")
    kind = next((kind for kind in KINDS if kind.removesuffix("_name") == by), "category")
    context = page.admin_site.each_context(request) | trends_page(events, asked, kind)
    context |= {"title": "Trends of refusals", "opts": page.opts, "error": error}
    return render(request, "admin/refusal_report.html", context, status=400 if error else 200)
