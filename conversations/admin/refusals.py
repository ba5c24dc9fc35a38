"""The review queue: what Claude declined, of which category, what it cost, and what somebody thinks of it."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conversations.admin.filters import CategoryFilter, WhenFilter
from conversations.admin.recorded import PlainAdmin, RecordedAdmin, may_see_usage, page_of, person_name, time_of
from conversations.models import RefusalEvent, ReviewState
from conversations.usage.numbers import usd_in_column

READ_ONLY = ("at", "who", "category_shown", "explanation", "model", "came", "billed", "request", "conversation")


@admin.register(RefusalEvent)
class RefusalEventAdmin(RecordedAdmin):
    empty_note = "When Claude declines to answer, it appears here with its category and what it cost. None so far."
    list_display = ("when", "who", "category_shown", "explanation", "model", "came", "billed", "state")
    list_display_links = ("when",)
    list_editable = ("state",)
    list_filter = ("state", ("category", CategoryFilter), "model", ("at", WhenFilter))
    list_select_related = ("person", "usage__person")
    search_fields = ("=usage__request_id", "usage__person_name", "person__username", "explanation")
    ordering = ("-at",)
    fields = ("state", *READ_ONLY)
    readonly_fields = READ_ONLY

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_list_display(self, request: HttpRequest) -> Any:
        return _allowed(request, self.list_display)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return _allowed(request, self.fields)

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        if not self.has_change_permission(request):
            return actions
        return actions | {f"mark_{state}": _action(state) for state in ReviewState}

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_choice_field(db_field, request, **kwargs)
        if field is not None:
            field.widget.attrs["aria-label"] = "State"  # in the list it has no label
        return field

    @admin.display(description="time", ordering="at")
    def when(self, event: RefusalEvent) -> str:
        return time_of(event.at)

    @admin.display(description="came", ordering="after_text")
    def came(self, event: RefusalEvent) -> str:
        return "after some text" if event.after_text else "before any text"

    @admin.display(description="person", ordering="usage__person_name")
    def who(self, event: RefusalEvent) -> SafeString:
        return person_name(event.usage)

    @admin.display(description="category", ordering="category")
    def category_shown(self, event: RefusalEvent) -> SafeString:
        return (
            format_html("{}", event.category)
            if event.category
            else format_html('<span class="quiet">none named</span>')
        )

    @admin.display(description="billed", ordering="usage__cost_usd")
    def billed(self, event: RefusalEvent) -> str:
        return usd_in_column(event.usage.cost_usd) if event.usage.billed else "not billed"

    @admin.display(description="request")
    def request(self, event: RefusalEvent) -> SafeString:
        return format_html('<a href="{}">{}</a>', page_of("usageentry_change", event.usage_id), event.usage)


def _allowed(request: HttpRequest, columns: tuple[str, ...]) -> tuple[str, ...]:
    return columns if may_see_usage(request) else tuple(c for c in columns if c not in ("billed", "request"))


def _action(state: ReviewState) -> tuple[Callable[..., None], str, str]:
    def mark(page: PlainAdmin, request: HttpRequest, chosen: QuerySet[RefusalEvent]) -> None:
        count = chosen.update(state=state)
        page.message_user(request, f"{count:,} marked as {state.label.lower()}.", messages.SUCCESS)

    return mark, f"mark_{state}", f"Mark as {state.label.lower()}"
