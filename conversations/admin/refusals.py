"""The review queue: what Claude declined, of which category, what it cost, and what somebody thinks of it."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from conversations.admin.filters import CategoryFilter, ReportedFilter, SequelFilter, WhenFilter
from conversations.admin.reach import in_reach
from conversations.admin.reading import may_read
from conversations.admin.recorded import PlainAdmin, RecordedAdmin, may_see_usage, page_of, person_name, time_of
from conversations.admin.refusal_report import report
from conversations.admin.review import KEYS, AssigneeFilter, NotesInline, answer
from conversations.models import RefusalEvent, ReviewState, Sequel, User
from conversations.models.refusals import RefusalLabel
from conversations.usage.numbers import usd_in_column

READ_ONLY = (
    "at",
    "who",
    "category_shown",
    "explanation",
    "model",
    "came",
    "next_shown",
    "label_shown",
    "reported",
    "report_note",
    "billed",
    "request",
    "conversation",
    "words",
)


@admin.register(RefusalEvent)
class RefusalEventAdmin(RecordedAdmin):
    empty_note = "When Claude declines to answer, it appears here with its category and what it cost. None so far."
    list_display = (
        "when",
        "who",
        "category_shown",
        "model",
        "next_shown",
        "label_shown",
        "reported",
        "state",
        "assigned",
        "came",
        "billed",
        "explanation",
    )
    list_display_links = ("when",)
    list_editable = ("state",)
    can_change = True
    list_filter = (
        "state",
        AssigneeFilter,
        "label",
        ReportedFilter,
        SequelFilter,
        ("category", CategoryFilter),
        "model",
        ("at", WhenFilter),
    )
    list_select_related = ("person", "usage__person", "assignee")
    search_fields = ("=usage__request_id", "usage__pseudonym", "person__username", "explanation")
    ordering = ("-at",)
    fields = ("state", "assignee", *READ_ONLY)
    inlines = (NotesInline,)
    readonly_fields = READ_ONLY

    def get_urls(self) -> list[Any]:
        guarded = self.admin_site.admin_view
        ours = [
            path("report/", guarded(self.report), name="conversations_refusalevent_report"),
            path(
                "<int:event_id>/review/", guarded(require_POST(self.review)), name="conversations_refusalevent_review"
            ),
        ]
        return [*ours, *super().get_urls()]

    def report(self, request: HttpRequest) -> HttpResponseBase:
        return report(request, self)

    def review(self, request: HttpRequest, event_id: int) -> HttpResponse:
        return answer(request, self, event_id)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        keys = [(state, state.label, key) for state, key in KEYS.items()] if self.has_change_permission(request) else []
        return super().changelist_view(request, {"keys": keys, **(extra_context or {})})

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """A note is of whoever writes it."""
        for note in formset.save(commit=False):
            note.author_id = note.author_id or request.user.pk
        formset.save()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "assignee":
            kwargs["queryset"] = User.objects.filter(is_staff=True, is_active=True).order_by("username")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RefusalEvent]:
        events: QuerySet[RefusalEvent] = in_reach(request, RefusalEvent.objects.with_sequel(), "usage__group")
        return events

    def get_list_display(self, request: HttpRequest) -> Any:
        return _allowed(request, self.list_display)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return _allowed(request, self.fields)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Who looks at it is chosen there, and no account is added or changed from there."""
        form = super().get_form(request, obj, change, **kwargs)
        if "assignee" in form.base_fields:
            form.base_fields["assignee"].widget = form.base_fields["assignee"].widget.widget
        return form

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        if not self.has_change_permission(request):
            return actions
        marks = {f"mark_{state}": _action(state) for state in ReviewState}
        return actions | marks | {"take": (_take, "take", "Assign to me")}

    @admin.display(description="time", ordering="at")
    def when(self, event: RefusalEvent) -> str:
        return time_of(event.at)

    @admin.display(description="came", ordering="after_text")
    def came(self, event: RefusalEvent) -> str:
        return "after some text" if event.after_text else "before any text"

    @admin.display(description="next", ordering="sequel")
    def next_shown(self, event: Any) -> str:
        return Sequel(event.sequel).label

    @admin.display(description="assignee", ordering="assignee__username", empty_value="–")
    def assigned(self, event: RefusalEvent) -> str | None:
        return event.assignee.get_username() if event.assignee else None

    @admin.display(description="words")
    def words(self, event: RefusalEvent) -> SafeString | str:
        if event.conversation_id is None or event.usage.turn is None:
            return "The chat is gone."
        address = page_of("conversation_read", event.conversation_id)
        return format_html(
            '<a href="{}?answer={}">Read the question, for a reason</a>', address, event.usage.turn.answer_id
        )

    @admin.display(description="label", ordering="label")
    def label_shown(self, event: RefusalEvent) -> str:
        return RefusalLabel(event.label).label if event.label else ""

    @admin.display(description="reported", ordering="reported_at")
    def reported(self, event: RefusalEvent) -> str:
        return time_of(event.reported_at) if event.reported_at else ""

    @admin.display(description="person", ordering="usage__pseudonym")
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
    hidden = () if may_see_usage(request) else ("billed", "request")
    if not may_read(request):
        hidden = (*hidden, "words")
    if cast(User, request.user).is_confined:
        hidden = (*hidden, "report_note")  # somebody's words, to the people who run the site
    return tuple(column for column in columns if column not in hidden)


def _take(page: PlainAdmin, request: HttpRequest, chosen: QuerySet[RefusalEvent]) -> None:
    count = chosen.update(assignee=request.user.pk)
    page.message_user(request, f"{count:,} assigned to you.", messages.SUCCESS)


def _action(state: ReviewState) -> tuple[Callable[..., None], str, str]:
    def mark(page: PlainAdmin, request: HttpRequest, chosen: QuerySet[RefusalEvent]) -> None:
        count = chosen.update(state=state)
        page.message_user(request, f"{count:,} marked as {state.label.lower()}.", messages.SUCCESS)

    return mark, f"mark_{state}", f"Mark as {state.label.lower()}"
