"""What the admin pages of this room have in common."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Aggregate, BigIntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from conversations.models import UsageEntry
from conversations.models.messages import REFERENCE

if TYPE_CHECKING:
    PlainAdmin = admin.ModelAdmin[Any]
else:
    PlainAdmin = admin.ModelAdmin

THE_SITE = "the site"  # who pays for what nobody asked for


class ListedAdmin(PlainAdmin):
    """A list under the name of what it lists; Django would call it "Select usage entry to view".

    `empty_note` is what the list says while it is empty.
    """

    empty_note = ""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        title = capfirst(str(self.opts.verbose_name_plural))
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and db_field.name in self.list_editable:
            field.widget.attrs["aria-label"] = capfirst(db_field.verbose_name)  # in the list it has no label
        return field


class RecordedAdmin(ListedAdmin):
    """Rows that the site writes: nobody adds, changes or deletes one by hand, superusers neither, or they could not be
    trusted. A page says so where whoever has the right may.

    `filtered_by` are the fields that a list may be narrowed by from its address. Django allows every field of the
    model, and so `?title__startswith=` would spell out a title letter by letter.
    """

    can_add = can_change = can_delete = False
    filtered_by: tuple[str, ...] = ()
    list_per_page = 50
    show_full_result_count = False  # it would count a whole ledger to say "of 2,000,000"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.can_add and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.can_change and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.can_delete and super().has_delete_permission(request, obj)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        is_named = not self.filtered_by or lookup in self.filtered_by or lookup.split("__")[0] in self.filtered_by
        return is_named and super().lookup_allowed(lookup, value, request)


def time_of(at: datetime) -> str:
    """Short, and in a column it can be read downwards."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def may_see_usage(request: HttpRequest) -> bool:
    return request.user.has_perms(["conversations.view_usageentry"])


def one_figure(rows: QuerySet[Any], key: str, figure: Aggregate) -> Coalesce:
    """`figure` over the rows whose `key` is the listed object, by itself: joins of several kinds of rows would multiply
    one another. Nothing is 0, since databases sort what is missing first or last.
    """
    of_it = rows.filter(**{key: OuterRef("pk")}).order_by().values(key).annotate(figure=figure).values("figure")
    return Coalesce(Subquery(of_it), 0, output_field=BigIntegerField())


def person_name(entry: UsageEntry) -> SafeString:
    """Whose attempt it was. A name is what somebody chose to be called, so it is always escaped."""
    if entry.person is not None:
        return format_html("{}", entry.person.get_username())
    return format_html('<span class="quiet">{}</span>', entry.pseudonym or THE_SITE)


def whole_number(text: str) -> int | None:
    """None for what no row can have as its number."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def named_answer(term: str) -> int | None:
    """The number of the answer that is searched for by the reference that an error showed."""
    term = term.strip()
    return whole_number(term.removeprefix(REFERENCE)) if term.startswith(REFERENCE) else None


def page_of(name: str, *args: Any) -> str:
    return reverse(f"admin:conversations_{name}", args=args)
