"""Turns as staff see them: what each ended as, and why. The reference that an error shows to a person is found here."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from conversations.admin.filters import ValuesFilter, WhenFilter
from conversations.admin.recorded import RecordedAdmin, named_answer, time_of
from conversations.models import Turn
from conversations.usage.endings import endings_page
from conversations.usage.filters import UsageFilter

LISTED = ("asked_at", "person", "model", "status", "reason", "attempts_count", "took", "reference")
FIELDS = ("asked_at", "person", "conversation", "model", "status", "reason", "took", "reference", "requests")


class ReasonFilter(ValuesFilter):
    name, empty = "reason", "none"


@admin.register(Turn)
class TurnAdmin(RecordedAdmin):
    empty_note = "Each question and how its answer ended appears here, without their words. None so far."
    list_display = LISTED
    list_display_links = ("asked_at",)
    list_filter = ("status", ("answer__reason", ReasonFilter), "model", ("created_at", WhenFilter))
    list_select_related = ("asked_by", "answer")
    search_fields = ("asked_by__username", "=attempts__request_id")
    search_help_text = "A person, or the reference that an error showed."
    ordering = ("-pk",)
    fields = readonly_fields = FIELDS
    filtered_by = ("id", "pk", "asked_by", "conversation", "model", "status", "created_at", "answer__reason")
    can_delete = True  # only with its conversation, for which Django asks for the right

    def get_urls(self) -> list[Any]:
        ours = path("report/", self.admin_site.admin_view(self.report), name="conversations_turn_report")
        return [ours, *super().get_urls()]

    def report(self, request: HttpRequest) -> HttpResponse:
        """What is asked wrongly gets a sentence and status 400."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        asked, error = UsageFilter.or_this_month(request.GET)
        context = self.admin_site.each_context(request) | endings_page(asked)
        context |= {"title": "Report of endings", "opts": self.opts, "error": error}
        return render(request, "admin/endings_report.html", context, status=400 if error else 200)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        raise PermissionDenied

    def get_actions(self, request: HttpRequest) -> Any:
        return {}

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        return super().change_view(request, object_id, form_url, {"show_delete": False, **(extra_context or {})})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Turn]:
        turns: QuerySet[Turn] = super().get_queryset(request)
        return turns.prefetch_related("attempts").defer("answer__content")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Turn], search_term: str
    ) -> tuple[QuerySet[Turn], bool]:
        if (number := named_answer(search_term)) is not None:
            return queryset.filter(Q(answer=number) | Q(question=number)), False
        found: tuple[QuerySet[Turn], bool] = super().get_search_results(request, queryset, search_term)
        return found

    @admin.display(description="asked", ordering="pk")
    def asked_at(self, turn: Turn) -> str:
        return time_of(turn.created_at)

    @admin.display(description="person", ordering="asked_by__username")
    def person(self, turn: Turn) -> str:
        return turn.asked_by.get_username()

    @admin.display(description="reason", ordering="answer__reason")
    def reason(self, turn: Turn) -> str:
        return turn.answer.reason

    @admin.display(description="attempts")
    def attempts_count(self, turn: Turn) -> int:
        return len(turn.attempts.all())

    @admin.display(description="requests")
    def requests(self, turn: Turn) -> SafeString:
        """Each attempt at Claude, with what became of it."""
        lines = (
            (entry.attempt, time_of(entry.at), entry.asked_model, entry.reason or entry.stop_reason, entry.request_id)
            for entry in sorted(turn.attempts.all(), key=lambda entry: entry.attempt)
        )
        told = format_html_join("", "<li>{}. {}, {}: <strong>{}</strong> <code>{}</code></li>", lines)
        return format_html('<ul class="told">{}</ul>', told) if told else format_html("{}", "none was made")

    @admin.display(description="took")
    def took(self, turn: Turn) -> str:
        return f"{(turn.ended_at - turn.created_at).total_seconds():,.1f} s" if turn.ended_at else ""

    @admin.display(description="reference")
    def reference(self, turn: Turn) -> str:
        return turn.answer.reference_of(attempt.request_id for attempt in turn.attempts.all())
