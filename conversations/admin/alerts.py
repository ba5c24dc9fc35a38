"""Alerts as staff see them: what stands, what is over, who was told, and whether a test arrives."""

from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from conversations.admin.filters import StandsFilter, WhenFilter
from conversations.admin.recorded import PlainAdmin, RecordedAdmin, page_of, time_of
from conversations.alerts.sending import send_test
from conversations.alerts.standing import ways
from conversations.models import Alert, AlertKind, AlertNotice, Way

FIELDS = ("when", "what", "says", "state", "told")
NOT_SET_UP = {
    Way.MAIL: "E-mail is not set up: set EMAIL_URL, and ALERT_EMAILS unless a superuser has an address.",
    Way.WEBHOOK: "No webhook is set up: set ALERT_WEBHOOK_URL and ALERT_WEBHOOK_SECRET.",
}


@admin.register(Alert)
class AlertAdmin(RecordedAdmin):
    empty_note = "When requests fail, Claude denies access, a model retires or the bill differs, it appears here."
    list_display = FIELDS
    list_display_links = ("when",)
    list_filter = (StandsFilter, "kind", ("since", WhenFilter))
    ordering = ("-since", "-pk")
    fields = readonly_fields = (*FIELDS, "subject")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Alert]:
        alerts: QuerySet[Alert] = super().get_queryset(request)
        return alerts.prefetch_related("notices")

    def get_urls(self) -> list[Any]:
        ours = path("test/", self.admin_site.admin_view(self.test), name="conversations_alert_test")
        return [ours, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        facts = {"ways": [way.label for way in ways()], "may_test": _may_test(request)}
        return super().changelist_view(request, {**facts, **(extra_context or {})})

    def test(self, request: HttpRequest) -> HttpResponse:
        return _test(request, self)

    @admin.display(description="since", ordering="since")
    def when(self, alert: Alert) -> str:
        return time_of(alert.since)

    @admin.display(description="what", ordering="kind")
    def what(self, alert: Alert) -> str:
        return AlertKind(alert.kind).label

    @admin.display(description="state", ordering="cleared_at")
    def state(self, alert: Alert) -> SafeString:
        if alert.cleared_at is None:
            return format_html('<strong class="stands">{}</strong>', "stands")
        return format_html('over <span class="quiet">since {}</span>', time_of(alert.cleared_at))

    @admin.display(description="told")
    def told(self, alert: Alert) -> SafeString:
        lines = format_html_join("", "<li>{}</li>", ((_told(notice),) for notice in alert.notices.all()))
        return (
            format_html('<ul class="told">{}</ul>', lines) if lines else format_html("{}", "nobody: no way was set up")
        )


def _told(notice: AlertNotice) -> str:
    what = f"{Way(notice.way).label}, {notice.event}"
    if notice.sent_at:
        return f"{what}: {time_of(notice.sent_at)}"
    if notice.due_at is None:
        return f"{what}: given up. {notice.fault}"
    return f"{what}: tried {notice.tries} times. {notice.fault}" if notice.fault else f"{what}: on its way"


@require_POST
def _test(request: HttpRequest, page: PlainAdmin) -> HttpResponse:
    if not _may_test(request):
        raise PermissionDenied
    for way, came_of_it in async_to_sync(send_test)().items():
        if not came_of_it:
            page.message_user(request, NOT_SET_UP[way], messages.WARNING)
        elif came_of_it.startswith("ok: "):
            page.message_user(request, f"{way.label}: sent. {came_of_it.removeprefix('ok: ')}", messages.SUCCESS)
        else:
            page.message_user(request, f"{way.label}: not sent. {came_of_it}", messages.ERROR)
    return HttpResponseRedirect(page_of("alert_changelist"))


def _may_test(request: HttpRequest) -> bool:
    return request.user.has_perms(["conversations.change_alert"])
