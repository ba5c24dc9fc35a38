"""How refusals are reviewed: notes, who looks at it, and the keys of the list, each of which is a request to here."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404

from conversations.admin.recorded import page_of, time_of, whole_number
from conversations.audit.record import record
from conversations.models import RefusalEvent, RefusalNote, ReviewState, User
from conversations.models.audit import Deed
from conversations.refusals import review

if TYPE_CHECKING:
    Tabular = admin.TabularInline[RefusalNote, RefusalEvent]
else:
    Tabular = admin.TabularInline

KEYS = {
    ReviewState.NEW: "n",
    ReviewState.FALSE_ALARM: "f",
    ReviewState.POLICY: "p",
    ReviewState.ESCALATED: "e",
    ReviewState.RESOLVED: "r",
}


class NotesInline(Tabular):
    """Whoever may change a refusal adds notes; none is changed, none is removed."""

    model = RefusalNote
    verbose_name_plural = "Notes of the reviewers"
    fields = ("text", "written")
    readonly_fields = ("written",)
    extra = 1
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not for a group admin: they were written among the people who run the site."""
        is_confined = cast(User, request.user).is_confined
        return request.user.has_perms(["conversations.view_refusalevent"]) and not is_confined

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perms(["conversations.change_refusalevent"])

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[RefusalNote]:
        return super().get_queryset(request).select_related("author").order_by("pk")

    @admin.display(description="by whom and when")
    def written(self, note: RefusalNote) -> str:
        if not note.pk:
            return ""
        return f"{note.author.get_username() if note.author else 'former staff'}, {time_of(note.at)}"


class AssigneeFilter(admin.SimpleListFilter):
    title = "assignee"
    parameter_name = "assignee"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        others = (
            User.objects.filter(reviews__isnull=False)
            .exclude(pk=cast(User, request.user).pk)
            .distinct()
            .order_by("username")
        )
        named = [(str(pk), name) for pk, name in others.values_list("pk", "username")[:25]]
        return [("me", "I am"), ("nobody", "Nobody yet"), *named]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "me":
                return queryset.filter(assignee=request.user)
            case "nobody":
                return queryset.filter(assignee=None)
            case given:
                number = whole_number(given or "")
                return queryset if number is None else queryset.filter(assignee=number)


def answer(request: HttpRequest, page: Any, event_id: int) -> HttpResponse:
    """`state` with `was`, the one that the reviewer saw, or `assignee`, `me` or `nobody`. 409 tells what it is now."""
    if not page.has_change_permission(request):
        raise PermissionDenied
    event = get_object_or_404(page.get_queryset(request), pk=event_id)
    person = cast(User, request.user)
    state, was, assignee = (request.POST.get(name, "") for name in ("state", "was", "assignee"))
    if assignee in ("me", "nobody"):
        review.assign(event, person if assignee == "me" else None)
        now = str(person.pk) if assignee == "me" else ""
        record(request, Deed.CHANGED, of=event, facts={"fields": {"assignee": [str(event.assignee_id or ""), now]}})
    elif state in ReviewState and was in ReviewState:
        if not review.mark(event, ReviewState(state), was=was):
            event.refresh_from_db(fields=["state"])
            return HttpResponse(event.state, status=409, content_type="text/plain; charset=utf-8")
        record(request, Deed.CHANGED, of=event, facts={"fields": {"state": [was, state]}})
    else:
        return HttpResponseBadRequest("state and was, or assignee\n", content_type="text/plain; charset=utf-8")
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    return HttpResponseRedirect(page_of("refusalevent_change", event.pk))
