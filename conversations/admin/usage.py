"""The ledger as staff see it: every attempt, to be read, filtered and added up, and never changed."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from conversations.admin.filters import ModelFilter, PersonFilter, StopReasonFilter, WentWrongFilter, WhenFilter
from conversations.admin.recorded import RecordedAdmin, person_name, time_of
from conversations.admin.report import report
from conversations.models import UsageEntry
from conversations.models.usage import UsageEntryQuerySet
from conversations.usage.numbers import usd_in_column

# What an answer that has no request id yet calls itself on the page.
REFERENCE = "message-"


@admin.register(UsageEntry)
class UsageEntryAdmin(RecordedAdmin):
    empty_note = "Every request to Claude appears here with its tokens and its cost, failed ones too. None so far."
    list_display = (
        "when",
        "who",
        "model_shown",
        "input_shown",
        "cache_written",
        "cache_read",
        "output_shown",
        "cost",
        "ended",
        "seconds",
        "request_id",
    )
    list_display_links = ("when",)
    list_filter = (
        ("at", WhenFilter),
        WentWrongFilter,
        PersonFilter,
        ("answered_model", ModelFilter),
        "purpose",
        "billed",
        "estimated",
        ("stop_reason", StopReasonFilter),
    )
    list_select_related = ("person",)
    search_fields = ("request_id", "person_name", "person__username", "person__email")
    search_help_text = "A reference from an error message (request id), or a person."
    ordering = ("-at",)
    fieldsets = (
        (None, {"fields": ("at", "who", "purpose", "conversation", "turn", "attempt", "request_id")}),
        ("Model", {"fields": ("asked_model", "answered_model")}),
        ("Tokens", {"fields": ("input_shown", "cache_written_5m", "cache_written_1h", "cache_read", "output_shown")}),
        ("Cost", {"fields": ("cost_exact", "billed", "estimated", "web_searches", "price_shown")}),
        ("End", {"fields": ("stop_reason", "reason", "first_token_ms", "duration_ms")}),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        ours = path("report/", self.admin_site.admin_view(self.report), name="conversations_usageentry_report")
        return [ours, *super().get_urls()]

    def report(self, request: HttpRequest) -> Any:
        return report(request, self)

    def get_queryset(self, request: HttpRequest) -> UsageEntryQuerySet:
        return UsageEntry.objects.with_report_names()

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        """A reference names either the request or the answer; both are what a person reads out to an admin."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        number = search_term.strip().removeprefix(REFERENCE)
        if search_term.strip().startswith(REFERENCE) and number.isdecimal() and len(number) < 19:
            found |= queryset.filter(Q(turn__answer=int(number)))
        return found, may_repeat

    @admin.display(description="time", ordering="at")
    def when(self, entry: UsageEntry) -> str:
        return time_of(entry.at)

    @admin.display(description="person", ordering="person_name")
    def who(self, entry: UsageEntry) -> SafeString:
        return person_name(entry)

    @admin.display(description="model", ordering="model")
    def model_shown(self, entry: Any) -> str:
        return str(entry.model)

    @admin.display(description="input", ordering="input_tokens")
    def input_shown(self, entry: UsageEntry) -> str:
        return f"{entry.input_tokens:,}"

    @admin.display(description="cache written")
    def cache_written(self, entry: UsageEntry) -> str:
        return f"{entry.cache_write_5m_tokens + entry.cache_write_1h_tokens:,}"

    @admin.display(description="cache written for 5 minutes")
    def cache_written_5m(self, entry: UsageEntry) -> str:
        return f"{entry.cache_write_5m_tokens:,}"

    @admin.display(description="cache written for an hour")
    def cache_written_1h(self, entry: UsageEntry) -> str:
        return f"{entry.cache_write_1h_tokens:,}"

    @admin.display(description="cache read", ordering="cache_read_tokens")
    def cache_read(self, entry: UsageEntry) -> str:
        return f"{entry.cache_read_tokens:,}"

    @admin.display(description="output", ordering="output_tokens")
    def output_shown(self, entry: UsageEntry) -> str:
        return f"{entry.output_tokens:,}"

    @admin.display(description="cost", ordering="cost_usd")
    def cost(self, entry: UsageEntry) -> str:
        return usd_in_column(entry.cost_usd)

    @admin.display(description="cost")
    def cost_exact(self, entry: UsageEntry) -> str:
        return f"${entry.cost_usd:f}"

    @admin.display(description="ended", ordering="reason")
    def ended(self, entry: UsageEntry) -> SafeString:
        notes = [*([] if entry.billed else ["not billed"]), *(["estimated"] if entry.estimated else [])]
        how = entry.reason or entry.stop_reason or "unknown"
        return format_html('{} <span class="quiet">{}</span>', how, ", ".join(notes))

    @admin.display(description="seconds", ordering="duration_ms")
    def seconds(self, entry: UsageEntry) -> str:
        return f"{entry.duration_ms / 1000:.1f}"

    @admin.display(description="price")
    def price_shown(self, entry: UsageEntry) -> SafeString:
        """The rates that this row was reckoned with; dollars per million tokens."""
        lines = ((name.replace("usd_per_mtok_", "").replace("_", " "), value) for name, value in entry.price.items())
        return format_html_join("", "{}: {}<br>", lines)
