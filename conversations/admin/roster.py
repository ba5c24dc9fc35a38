"""The models as staff see them: what the API says of each, and which of them people may choose."""

from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from conversations.admin.recorded import PlainAdmin, RecordedAdmin, page_of, time_of
from conversations.claude import catalogue
from conversations.claude.cards import Lifecycle
from conversations.claude.errors import ClaudeError
from conversations.claude.providers import Lack, lacks, missing
from conversations.models import ClaudeModel
from conversations.roster.knowledge import spread
from conversations.roster.sync import last_sync, sync
from conversations.usage.numbers import short_count, usd

OWNERS = ("offered", "position")
FACTS = ("context", "longest_answer", "released", "deprecated", "retires", "successor", "last_listed", "abilities")


@admin.register(ClaudeModel)
class ClaudeModelAdmin(RecordedAdmin):
    empty_note = "Nobody has asked the API for its models so far. Sync now, or wait: the site does it once a day."
    list_display = ("display_name", "id", "state", "context", "longest_answer", "price", "offered", "position")
    list_display_links = ("display_name",)
    list_editable = OWNERS
    can_change = True
    list_filter = ("lifecycle", "line", "offered")
    search_fields = ("id", "display_name")
    fieldsets = (
        (None, {"fields": ("display_name", "id", "line", "lifecycle", *FACTS, "price")}),
        ("On offer", {"fields": OWNERS}),
    )
    readonly_fields = ("display_name", "id", "line", "lifecycle", *FACTS, "price")

    def get_ordering(self, request: HttpRequest) -> Any:
        return ("-offered", "position", "-created_at", "id")

    def get_urls(self) -> list[Any]:
        ours = path("sync/", self.admin_site.admin_view(self.sync_now), name="conversations_claudemodel_sync")
        return [ours, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        may_sync = self.has_change_permission(request) and not lacks(Lack.LISTING)
        facts = {"last_sync": last_sync(), "may_sync": may_sync, "missing": missing(Lack.LISTING)}
        return super().changelist_view(request, {**facts, **(extra_context or {})})

    def sync_now(self, request: HttpRequest) -> HttpResponse:
        return _sync_now(request, self)

    def save_model(self, request: HttpRequest, obj: ClaudeModel, form: Any, change: bool) -> None:
        obj.save(update_fields=OWNERS)  # a sync may have written the rest meanwhile
        spread()

    @admin.display(description="state", ordering="lifecycle")
    def state(self, model: ClaudeModel) -> SafeString:
        note = f"until {_day(model.retires_at)}" if model.retires_at and not _has_retired(model) else ""
        return format_html('{} <span class="quiet">{}</span>', model.lifecycle, note)

    @admin.display(description="context", ordering="context_tokens")
    def context(self, model: ClaudeModel) -> str:
        return short_count(model.context_tokens) if model.context_tokens else "not told"

    @admin.display(description="longest answer", ordering="max_output_tokens")
    def longest_answer(self, model: ClaudeModel) -> str:
        return short_count(model.max_output_tokens) if model.max_output_tokens else "not told"

    @admin.display(description="released")
    def released(self, model: ClaudeModel) -> str:
        return _day(model.created_at)

    @admin.display(description="deprecated")
    def deprecated(self, model: ClaudeModel) -> str:
        return _day(model.deprecated_at)

    @admin.display(description="retires")
    def retires(self, model: ClaudeModel) -> str:
        return _day(model.retires_at)

    @admin.display(description="successor")
    def successor(self, model: ClaudeModel) -> str:
        """Who to change to, once the model is on its way out."""
        other = None if model.lifecycle == Lifecycle.ACTIVE else catalogue.successor(catalogue.card(model.pk))
        return other.display_name if other else "–"

    @admin.display(description="last listed", ordering="seen_at")
    def last_listed(self, model: ClaudeModel) -> str:
        return time_of(model.seen_at)

    @admin.display(description="in / out per million")
    def price(self, model: ClaudeModel) -> SafeString:
        card = catalogue.card(model.pk)
        numbers = (card.price.rates.usd_per_mtok_input, card.price.rates.usd_per_mtok_output)
        shown = " / ".join(usd(number) for number in numbers)
        return format_html('{} <span class="quiet">{}</span>', shown, "assumed" if card.is_price_assumed else "")

    @admin.display(description="abilities")
    def abilities(self, model: ClaudeModel) -> SafeString:
        """As received: a line for each ability, with what it takes."""
        told = format_html_join("", "<li>{}</li>", ((line,) for line in _lines(model.capabilities)))
        return format_html('<ul class="abilities">{}</ul>', told) if told else format_html("{}", "not told")


@require_POST
def _sync_now(request: HttpRequest, page: PlainAdmin) -> HttpResponse:
    if not page.has_change_permission(request):
        raise PermissionDenied
    try:
        done = async_to_sync(sync)()
    except ClaudeError as error:
        page.message_user(request, f"The API did not tell its models: {error.reason}. {error.advice}", messages.ERROR)
    else:
        said = " ".join(done.changes) or "Nothing has changed."
        page.message_user(request, f"{done.model_count} models listed. {said}", messages.SUCCESS)
    return HttpResponseRedirect(page_of("claudemodel_changelist"))


def _lines(group: Any, name: str = "") -> list[str]:
    """What is supported, a line for each group of names: "thinking types: adaptive, disabled"."""
    if not isinstance(group, dict):
        return []
    inner = sorted(key for key, leaf in group.items() if isinstance(leaf, dict))
    leaves = [key for key in inner if group[key].get("supported") is True]
    own = [f"{name}: {', '.join(_words(leaf) for leaf in leaves)}".removeprefix(": ")] if leaves else []
    return own + [line for key in inner for line in _lines(group[key], f"{name} {_words(key)}".strip())]


def _words(key: str) -> str:
    return key.replace("_", " ")


def _has_retired(model: ClaudeModel) -> bool:
    return model.lifecycle == Lifecycle.RETIRED


def _day(moment: Any) -> str:
    return f"{moment:%-d %b %Y}" if moment else "–"
