"""One's own usage: what a person asked of which model, day by day and by project, and what it cost."""

from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from conversations.models import Project
from conversations.models.rollups import NO_PROJECT
from conversations.usage.budget_views import budgets_for
from conversations.usage.filters import UsageFilter
from conversations.usage.page import report_page
from conversations.usage.reports import ReportRow
from conversations.web.responses import SignedInRequest, signed_in


@require_safe
@signed_in
def own_usage(request: SignedInRequest) -> HttpResponse:
    """Of this person alone, whatever the address says. What is asked wrongly gets a sentence and status 400."""
    asked, error = UsageFilter.or_this_month(request.GET)
    names = dict(Project.objects.visible_to(request.user).values_list("pk", "name"))
    of_one = asked.project_id if asked.project_id in names else None
    group_by = ("day", "project", "model") if names else ("day", "model")
    own = replace(asked, group_by=group_by, person_id=request.user.pk, group_id=None, project_id=of_one)
    context = report_page(own, chart=request.GET.get("chart", ""))
    context |= {"error": error, "budgets": budgets_for(request.user), "whose": names.get(of_one or NO_PROJECT, "")}
    context["rows"] = [_named(row, names) for row in context["rows"]]
    return render(request, "conversations/usage.html", context, status=400 if error else 200)


def _named(row: ReportRow, names: dict[int, str]) -> ReportRow:
    """Without the name of the owner, who reads it."""
    name = names.get(row.project_id or NO_PROJECT)
    return replace(row, group=row.group | {"project": name}) if name else row
