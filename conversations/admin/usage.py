"""The ledger as staff see it: every attempt, to be read, filtered and added up, and never changed."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import path
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from conversations.admin.cache import cache_report
from conversations.admin.filters import (
    GroupFilter,
    ModelFilter,
    PersonFilter,
    ProjectFilter,
    StopReasonFilter,
    WentWrongFilter,
    WhenFilter,
)
from conversations.admin.reach import in_reach
from conversations.admin.recorded import RecordedAdmin, named_answer, person_name, time_of
from conversations.admin.report import report
from conversations.models import UsageEntry
from conversations.models.usage import UsageEntryQuerySet
from conversations.usage.numbers import usd_in_column

if TYPE_CHECKING:
    Pages = Paginator[UsageEntry]
else:
    Pages = Paginator


class LedgerPaginator(Pages):
    """Counts the whole ledger without the names that its list shows: to look those up takes a second of a million."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return UsageEntry.objects.count() if not rows.query.where else super().count


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
        GroupFilter,
        ProjectFilter,
        ModelFilter,
        "purpose",
        "billed",
        "estimated",
        StopReasonFilter,
    )
    list_select_related = ("person",)
    paginator = LedgerPaginator
    search_fields = ("request_id", "pseudonym", "person__username", "person__email")
    search_help_text = "A reference from an error message (request id), or a person."
    ordering = ("-at",)
    fieldsets = (
        (None, {"fields": ("at", "who", "project_shown", "purpose", "conversation", "turn", "attempt", "request_id")}),
        ("Model", {"fields": ("asked_model", "answered_model")}),
        ("Tokens", {"fields": ("input_shown", "cache_written_5m", "cache_written_1h", "cache_read", "output_shown")}),
        ("Cache", {"fields": ("cache_saved", "cache_missed")}),
        ("Cost", {"fields": ("cost_exact", "billed", "estimated", "web_searches", "price_shown")}),
        ("End", {"fields": ("stop_reason", "reason", "first_token_ms", "duration_ms")}),
    )

    def get_urls(self) -> list[Any]:
        guarded = self.admin_site.admin_view
        ours = [
            path("report/", guarded(self.report), name="conversations_usageentry_report"),
            path("cache/", guarded(self.cache_report), name="conversations_usageentry_cache"),
        ]
        return [*ours, *super().get_urls()]

    def cache_report(self, request: HttpRequest) -> Any:
        return cache_report(request, self)

    def report(self, request: HttpRequest) -> Any:
        return report(request, self)

    def get_queryset(self, request: HttpRequest) -> UsageEntryQuerySet:
        entries: UsageEntryQuerySet = in_reach(request, UsageEntry.objects.with_report_names(), "group")
        return entries

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        """A reference names either the request or the answer; both are what a person reads out to an admin."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        if (number := named_answer(search_term)) is not None:
            found |= queryset.filter(turn__answer=number)
        return found, may_repeat

    @admin.display(description="time", ordering="at")
    def when(self, entry: UsageEntry) -> str:
        return time_of(entry.at)

    @admin.display(description="person", ordering="user")
    def who(self, entry: UsageEntry) -> SafeString:
        return person_name(entry)

    @admin.display(description="project")
    def project_shown(self, entry: Any) -> str:
        return str(entry.project_name)

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

    @admin.display(description="saved by the cache")
    def cache_saved(self, entry: UsageEntry) -> str:
        return f"${entry.cache_saved_usd:f}"

    @admin.display(description="cache missed")
    def cache_missed(self, entry: UsageEntry) -> str:
        reason, tokens = entry.cache_miss_reason, entry.cache_missed_tokens
        return f"{reason}, about {tokens:,} tokens" if reason else "no, as far as the API tells"

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
