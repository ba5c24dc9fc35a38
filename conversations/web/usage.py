"""One's own usage: what a person asked of which model, day by day, and what it cost."""

from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from conversations.usage.filters import FilterError, UsageFilter
from conversations.usage.page import report_page
from conversations.web.responses import SignedInRequest, signed_in


@require_safe
@signed_in
def own_usage(request: SignedInRequest) -> HttpResponse:
    """Of this person alone, whatever the address says. What is asked wrongly gets a sentence and status 400."""
    asked, error = UsageFilter.this_month(), ""
    try:
        asked = UsageFilter.from_query(request.GET)
    except FilterError as refused:
        error = str(refused)
    own = replace(asked, group_by=("day", "model"), person_id=request.user.pk)
    context = report_page(own, chart=request.GET.get("chart", "")) | {"error": error}
    return render(request, "conversations/usage.html", context, status=400 if error else 200)
