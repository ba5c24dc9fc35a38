"""The audit log as staff see it: to be read, narrowed and taken along, and changed by nobody."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBadRequest, HttpResponseBase
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conversations.admin.filters import ValuesFilter, WhenFilter
from conversations.admin.recorded import RecordedAdmin, time_of
from conversations.models import AuditEntry
from conversations.models.audit import Deed
from conversations.models.people import pseudonym_of
from conversations.usage.download import csv_portions, streamed

COLUMNS = ("number", "at", "person_id", "person", "deed", "object_type", "object_id", "facts", "address", "seal")
FIELDS = ("number", "when", "who", "deed", "what", "told", "address")


class ObjectFilter(ValuesFilter):
    name, empty = "kind of object", "none"


@admin.register(AuditEntry)
class AuditEntryAdmin(RecordedAdmin):
    empty_note = "Sign-ins, changes, deletions, exports and looks into chats appear here. Nothing so far."
    list_display = FIELDS
    list_display_links = ("number",)
    list_filter = ("deed", ("object_type", ObjectFilter), ("at", WhenFilter))
    search_fields = ("=object_id", "name")
    search_help_text = "A person's name, the number of an object, or a range of addresses."
    ordering = ("-number",)
    fields = (*FIELDS, "before", "seal")
    readonly_fields = fields
    filtered_by = ("number", "pk", "at", "deed", "object_type", "object_id", "person_id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        return AuditEntry.objects.with_names()

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """The name is found by annotation, since a row has no key to its person."""
        term = search_term.strip()
        if not term:
            return queryset, False
        found = queryset.filter(name__icontains=term) | queryset.filter(object_id=term)
        return found | queryset.filter(address__startswith=term), False

    def get_urls(self) -> list[Any]:
        ours = path("csv/", self.admin_site.admin_view(self.csv), name="conversations_auditentry_csv")
        return [ours, *super().get_urls()]

    def csv(self, request: HttpRequest) -> HttpResponseBase:
        """The rows of the list as it is narrowed."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            shown: Any = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return HttpResponseBadRequest("Such a list there is not.\n", content_type="text/plain; charset=utf-8")
        lines = _lines(shown.order_by("number").iterator(chunk_size=500))
        name = f"audit_{timezone.localdate()}.csv"
        return streamed(request, csv_portions(COLUMNS, lines), content_type="text/csv; charset=utf-8", filename=name)

    @admin.display(description="time", ordering="at")
    def when(self, entry: AuditEntry) -> str:
        return time_of(entry.at)

    @admin.display(description="person", ordering="person_id")
    def who(self, entry: Any) -> SafeString:
        return _who(entry)

    @admin.display(description="object", ordering="object_type")
    def what(self, entry: AuditEntry) -> str:
        return f"{entry.object_type.rpartition('.')[2]} {entry.object_id}".strip()

    @admin.display(description="in which way")
    def told(self, entry: AuditEntry) -> str:
        return "; ".join(_sentences(entry.facts))


def _who(entry: Any) -> SafeString:
    """A name is what somebody chose to be called, so it is always escaped."""
    if entry.name:
        return format_html("{}", entry.name)
    if entry.person_id is None:
        nobody = "not known" if entry.deed == Deed.SIGN_IN_FAILED else "the site"
        return format_html('<span class="quiet">{}</span>', nobody)
    return format_html('<span class="quiet">{}</span>', pseudonym_of(entry.person_id))


def _sentences(facts: dict[str, Any]) -> Iterator[str]:
    for name, value in facts.items():
        if name == "fields":
            yield from (_changed(field, values) for field, values in value.items())
        elif isinstance(value, dict):
            yield f"{name}: " + ", ".join(_changed(field, values) for field, values in value.items())
        else:
            yield f"{name}: {', '.join(value) if isinstance(value, list) else value}"


def _changed(field: str, values: list[str]) -> str:
    return f"{field}: {values[0] or '–'} → {values[1] or '–'}" if values else f"{field}"


def _lines(entries: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    for entry in entries:
        told = "; ".join(_sentences(entry.facts))
        row = (entry.number, entry.at.isoformat(), entry.person_id or "", entry.name or "", entry.deed)
        yield (*row, entry.object_type, entry.object_id, told, entry.address, entry.seal)
