"""Feedback as staff see it: which answers of which model people found good or bad, and why, as far as they said."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from conversations.admin.filters import AnsweringModelFilter, WhenFilter
from conversations.admin.recorded import RecordedAdmin, time_of
from conversations.models import Feedback
from conversations.usage.charts import Chart
from conversations.usage.filters import UsageFilter, quick_ranges
from conversations.usage.series import count_chart

FIELDS = ("when", "who", "model", "verdict", "reason", "conversation")
MOST_SAID = 20  # on the report; the list has them all


@admin.register(Feedback)
class FeedbackAdmin(RecordedAdmin):
    empty_note = "When somebody finds an answer good or bad, it appears here, without the answer. Nothing so far."
    list_display = FIELDS
    list_display_links = ("when",)
    list_filter = ("verdict", ("model", AnsweringModelFilter), ("at", WhenFilter))
    list_select_related = ("person", "answer")
    search_fields = ("person__username", "reason")
    ordering = ("-at",)
    fields = readonly_fields = FIELDS
    filtered_by = ("id", "pk", "person", "model", "verdict", "at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Feedback]:
        feedback: QuerySet[Feedback] = super().get_queryset(request)
        return feedback.select_related("answer").defer("answer__content")

    def get_urls(self) -> list[Any]:
        ours = path("report/", self.admin_site.admin_view(self.report), name="conversations_feedback_report")
        return [ours, *super().get_urls()]

    def report(self, request: HttpRequest) -> HttpResponse:
        """By model, and by model and day. What is asked wrongly gets a sentence and status 400."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        asked, error = UsageFilter.or_this_month(request.GET)
        given = Feedback.objects.between(asked.from_date, asked.to_date)
        context = self.admin_site.each_context(request) | {
            "title": "Feedback report",
            "opts": self.opts,
            "asked": asked,
            "error": error,
            "ranges": quick_ranges(asked),
            "models": given.tally("model"),
            "days": given.tally("day", "model")[::-1],
            "charts": _charts(asked, given.tally("day")),
            "said": given.exclude(reason="").select_related("person").order_by("-at")[:MOST_SAID],
        }
        return render(request, "admin/feedback_report.html", context, status=400 if error else 200)

    @admin.display(description="time", ordering="at")
    def when(self, feedback: Feedback) -> str:
        return time_of(feedback.at)

    @admin.display(description="person", ordering="person__username")
    def who(self, feedback: Feedback) -> str:
        return feedback.person.get_username()

    @admin.display(description="conversation")
    def conversation(self, feedback: Feedback) -> str:
        return str(feedback.answer.conversation_id)


def _charts(asked: UsageFilter, days: list[dict[str, Any]]) -> list[Chart]:
    return [
        count_chart(name, asked, {row["day"]: row[key] for row in days}, what=name.lower())
        for key, name in (("good", "Good answers"), ("bad", "Bad answers"))
    ]
