"""Reconciliations as staff see them: each day of the ledger beside the vendor's bill, and a comparison by a click."""

from datetime import UTC, datetime, timedelta
from typing import Any

from asgiref.sync import async_to_sync
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from conversations.admin.recorded import PlainAdmin, RecordedAdmin, page_of, time_of
from conversations.models import Reconciliation, ReconciliationState
from conversations.models.reconciliations import Measure
from conversations.reconciliation.reconcile import CannotReconcile, reconcile, require_key, summary
from conversations.usage.numbers import usd

FIELDS = ("day_shown", "state_shown", "ours", "theirs", "difference", "compared")


@admin.register(Reconciliation)
class ReconciliationAdmin(RecordedAdmin):
    empty_note = "Each day of the ledger stands here beside what the vendor billed, once ANTHROPIC_ADMIN_KEY is set."
    list_display = FIELDS
    list_display_links = ("day_shown",)
    list_filter = ("state",)
    ordering = ("-day",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reconciliation]:
        days: QuerySet[Reconciliation] = super().get_queryset(request)
        return days.prefetch_related("lines")

    def get_urls(self) -> list[Any]:
        ours = path("compare/", self.admin_site.admin_view(self.compare), name="conversations_reconciliation_compare")
        return [ours, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        facts = {"cannot": _cannot(), "may_compare": _may_compare(request), "yesterday": _yesterday()}
        return super().changelist_view(request, {**facts, **(extra_context or {})})

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        return super().change_view(request, object_id, form_url, self._page(request, object_id) | (extra_context or {}))

    def _page(self, request: HttpRequest, object_id: str) -> dict[str, Any]:
        found = self.get_object(request, object_id)
        if found is None:
            return {}
        lines = [
            {
                "model": line.model or "of no model",
                "measure": Measure(line.measure).label,
                "is_cost": line.measure == Measure.COST,
                "ours": line.ours,
                "theirs": line.theirs,
                "difference": line.difference,
                "is_outside": line.is_outside,
            }
            for line in found.lines.order_by("model", "pk")
        ]
        facts = {"title": f"Ledger and bill, {found.day}", "subtitle": "", "reconciled": found, "lines": lines}
        return facts | {"may_compare": _may_compare(request) and not _cannot(), "summary": summary(found)}

    def compare(self, request: HttpRequest) -> HttpResponse:
        return _compare(request, self)

    @admin.display(description="day, UTC", ordering="day")
    def day_shown(self, done: Reconciliation) -> str:
        return f"{done.day}"

    @admin.display(description="state", ordering="state")
    def state_shown(self, done: Reconciliation) -> SafeString:
        label = ReconciliationState(done.state).label
        if done.state == ReconciliationState.AGREES:
            return format_html("{}", label)
        count = sum(line.is_outside for line in done.lines.all())
        note = done.fault or f"{count} figure{'' if count == 1 else 's'}"
        return format_html('<strong class="stands">{}</strong> <span class="quiet">{}</span>', label, note)

    @admin.display(description="ledger")
    def ours(self, done: Reconciliation) -> str:
        return "" if done.fault else usd(done.ours_usd)

    @admin.display(description="vendor")
    def theirs(self, done: Reconciliation) -> str:
        return "" if done.fault else usd(done.theirs_usd)

    @admin.display(description="difference")
    def difference(self, done: Reconciliation) -> str:
        found = done.theirs_usd - done.ours_usd
        return "" if done.fault else f"{'−' if found < 0 else '+'}${abs(found):,.4f}" if found else "none"

    @admin.display(description="compared", ordering="at")
    def compared(self, done: Reconciliation) -> str:
        return time_of(done.at)


class _DayForm(forms.Form):
    day = forms.DateField()


@require_POST
def _compare(request: HttpRequest, page: PlainAdmin) -> HttpResponse:
    if not _may_compare(request):
        raise PermissionDenied
    form = _DayForm(request.POST)
    if not form.is_valid() or form.cleaned_data["day"] > datetime.now(UTC).date():
        page.message_user(request, "Name a day that has begun, such as 2026-11-20.", messages.ERROR)
        return HttpResponseRedirect(page_of("reconciliation_changelist"))
    try:
        done = async_to_sync(reconcile)(form.cleaned_data["day"])
    except CannotReconcile as error:
        page.message_user(request, str(error), messages.ERROR)
        return HttpResponseRedirect(page_of("reconciliation_changelist"))
    agrees = done.state == ReconciliationState.AGREES
    page.message_user(request, summary(done), messages.SUCCESS if agrees else messages.WARNING)
    return HttpResponseRedirect(page_of("reconciliation_change", done.pk))


def _may_compare(request: HttpRequest) -> bool:
    return request.user.has_perms(["conversations.change_reconciliation"])


def _cannot() -> str:
    """Why there is nothing to compare with, if so."""
    try:
        require_key()
    except CannotReconcile as error:
        return str(error)
    return ""


def _yesterday() -> str:
    return f"{datetime.now(UTC).date() - timedelta(days=1)}"
