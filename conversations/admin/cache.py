"""The cache report: how much of what is asked comes out of the prompt cache, what that saves, and why it fails."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import render

from conversations.admin.reach import within_reach
from conversations.usage.cache_report import COLUMNS, GROUPS, cache_page, cache_rows
from conversations.usage.download import csv_portions, streamed
from conversations.usage.filters import UsageFilter


def cache_report(request: HttpRequest, page: Any) -> HttpResponseBase:
    """For staff who may see the ledger. What is asked wrongly gets a sentence and status 400."""
    if not page.has_view_permission(request):
        raise PermissionDenied
    asked, error = UsageFilter.or_this_month(request.GET)
    asked = within_reach(request, asked)
    if request.GET.get("format") != "csv":
        return _page(request, page, asked, error)
    if error:
        return HttpResponseBadRequest(f"{error}\n", content_type="text/plain; charset=utf-8")
    return _csv(request, asked)


def _csv(request: HttpRequest, asked: UsageFilter) -> HttpResponseBase:
    return streamed(
        request,
        csv_portions([*GROUPS, *COLUMNS], ((row.day, row.model, *row.figures.cells) for row in cache_rows(asked))),
        content_type="text/csv; charset=utf-8",
        filename=f"cache_{asked.from_date}_{asked.to_date}.csv",
    )


def _page(request: HttpRequest, page: Any, asked: UsageFilter, error: str) -> HttpResponse:
    context = page.admin_site.each_context(request) | cache_page(asked)
    context |= {"title": "Cache report", "opts": page.opts, "error": error}
    return render(request, "admin/cache_report.html", context, status=400 if error else 200)
