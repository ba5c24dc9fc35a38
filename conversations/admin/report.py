"""The usage report: who used what, when, with which model, and for how much money."""

from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import render

from conversations.admin.reach import in_reach, project_name, within_reach
from conversations.admin.recorded import page_of
from conversations.models import PeopleGroup, User
from conversations.models.usage import Purpose, midnight
from conversations.usage.download import csv_portions, json_portions, streamed
from conversations.usage.filters import GROUPS, UsageFilter
from conversations.usage.page import report_page
from conversations.usage.reports import CSV_COLUMNS, ReportRow, report_rows


def report(request: HttpRequest, page: Any) -> HttpResponseBase:
    """For staff who may see the ledger. What is asked wrongly gets a sentence and status 400."""
    if not page.has_view_permission(request):
        raise PermissionDenied
    download = DOWNLOADS.get(request.GET.get("format", ""))
    asked, error = UsageFilter.or_this_month(request.GET)
    if download and error:
        return HttpResponseBadRequest(f"{error}\n", content_type="text/plain; charset=utf-8")
    asked = within_reach(request, asked)
    return download(request, asked) if download else _page(request, page, asked, error=error)


def _csv(request: HttpRequest, asked: UsageFilter) -> HttpResponseBase:
    rows = ((*row.group.values(), *row.figures.cells) for row in report_rows(asked))
    return streamed(
        request,
        csv_portions([*asked.group_by, *CSV_COLUMNS], rows),
        content_type="text/csv; charset=utf-8",
        filename=f"usage_{asked.from_date}_{asked.to_date}.csv",
    )


def _json(request: HttpRequest, asked: UsageFilter) -> HttpResponseBase:
    """The same rows with every figure, and with the numbers of the people and projects."""
    numbers = [number for name, number in NUMBERS.items() if name in asked.group_by]
    return streamed(
        request,
        json_portions(
            {"from": asked.from_date, "to": asked.to_date, "group_by": asked.group_by},
            (
                row.group | {name: getattr(row, name) for name in numbers} | asdict(row.figures)
                for row in report_rows(asked)
            ),
        ),
        content_type="application/json",
        filename=f"usage_{asked.from_date}_{asked.to_date}.json",
    )


NUMBERS = {"user": "person_id", "project": "project_id"}
DOWNLOADS = {"csv": _csv, "json": _json}


def _page(request: HttpRequest, page: Any, asked: UsageFilter, *, error: str) -> HttpResponse:
    context = page.admin_site.each_context(request) | report_page(asked, chart=request.GET.get("chart", ""))
    context |= {"title": "Usage report", "opts": page.opts, "error": error, "groups": GROUPS}
    context |= {"whose": _whose(request, asked)}
    context["rows"] = [replace(row, url=_attempts(asked, row), group=_worded(row)) for row in context["rows"]]
    return render(request, "admin/usage_report.html", context, status=400 if error else 200)


def _worded(row: ReportRow) -> dict[str, str]:
    """Its purpose as people read it; files have the ledger's own word."""
    purpose = row.group.get("purpose", "")
    return row.group | ({"purpose": Purpose(purpose).label} if purpose in Purpose else {})


def _attempts(asked: UsageFilter, row: ReportRow) -> str:
    """Where the attempts are listed that this row adds up."""
    day = row.group.get("day")
    first, last = (date.fromisoformat(day),) * 2 if day else (asked.from_date, asked.to_date)
    narrowed: dict[str, Any] = {"at__gte": midnight(first), "at__lt": midnight(last + timedelta(days=1))}
    person = asked.person_id if row.person_id is None else row.person_id
    if person is not None:
        narrowed["person"] = person
    project = asked.project_id if row.project_id is None else row.project_id
    if project is not None:
        narrowed["project"] = project
    if asked.group_id is not None:
        narrowed["group__id__exact"] = asked.group_id
    for name, parameter in (("group", "of_group"), ("model", "model"), ("purpose", "purpose__exact")):
        if name in row.group:
            narrowed[parameter] = row.group[name]
    return f"{page_of('usageentry_changelist')}?{urlencode(narrowed)}"


def _whose(request: HttpRequest, asked: UsageFilter) -> str:
    """Of whom alone the report is, by name."""
    names: list[str] = []
    if asked.person_id:
        names += in_reach(request, User.objects.filter(pk=asked.person_id), "group").values_list("username", flat=True)
    if asked.group_id:
        names += in_reach(request, PeopleGroup.objects.filter(pk=asked.group_id), "pk").values_list("name", flat=True)
    if asked.project_id is not None:
        names.append(project_name(request, asked.project_id) if asked.project_id else "chats outside of projects")
    return ", ".join(filter(None, names))
