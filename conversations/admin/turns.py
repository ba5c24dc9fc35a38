"""Turns as staff see them: what each ended as, and why. The reference that an error shows to a person is found here."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from conversations.admin.filters import ValuesFilter, WhenFilter
from conversations.admin.recorded import RecordedAdmin, time_of
from conversations.models import Turn
from conversations.models.messages import REFERENCE

FIELDS = ("asked_at", "person", "conversation", "model", "status", "reason", "attempts_count", "took", "reference")
FILTERED_BY = ("id", "pk", "asked_by", "conversation", "model", "status", "created_at")


class ReasonFilter(ValuesFilter):
    name, empty = "reason", "none"


@admin.register(Turn)
class TurnAdmin(RecordedAdmin):
    empty_note = "Each question and how its answer ended appears here, without their words. None so far."
    list_display = FIELDS
    list_display_links = ("asked_at",)
    list_filter = ("status", ("answer__reason", ReasonFilter), "model", ("created_at", WhenFilter))
    list_select_related = ("asked_by", "answer")
    search_fields = ("asked_by__username", "=attempts__request_id")
    search_help_text = "A person, or the reference that an error showed."
    ordering = ("-pk",)
    fields = readonly_fields = FIELDS

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    # A turn goes only with its conversation, for which Django asks for the right to delete it.
    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        raise PermissionDenied

    def get_actions(self, request: HttpRequest) -> Any:
        return {}

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        return super().change_view(request, object_id, form_url, {"show_delete": False, **(extra_context or {})})

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Nothing that could spell out the words of a question or an answer."""
        is_safe = lookup == "answer__reason" or lookup.split("__")[0] in FILTERED_BY
        return is_safe and super().lookup_allowed(lookup, value, request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Turn]:
        turns: QuerySet[Turn] = super().get_queryset(request)
        return turns.prefetch_related("attempts").defer("answer__content")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Turn], search_term: str
    ) -> tuple[QuerySet[Turn], bool]:
        number = search_term.strip().removeprefix(REFERENCE)
        if search_term.strip().startswith(REFERENCE) and number.isdecimal() and len(number) < 19:
            return queryset.filter(Q(answer=int(number)) | Q(question=int(number))), False
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

    @admin.display(description="took")
    def took(self, turn: Turn) -> str:
        return f"{(turn.ended_at - turn.created_at).total_seconds():,.1f} s" if turn.ended_at else ""

    @admin.display(description="reference")
    def reference(self, turn: Turn) -> str:
        return turn.answer.reference_of(attempt.request_id for attempt in turn.attempts.all())
