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

if TYPE_CHECKING:
    PlainAdmin = admin.ModelAdmin[Any]
else:
    PlainAdmin = admin.ModelAdmin


class RecordedAdmin(PlainAdmin):
    """Rows that the site writes: nobody adds one by hand, superusers neither, or they could not be trusted.

    `empty_note` is what the list says while it is empty.
    """

    empty_note = ""
    list_per_page = 50
    show_full_result_count = False  # it would count a whole ledger to say "of 2,000,000"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, {"title": list_title(self), **(extra_context or {})})


def list_title(page: PlainAdmin) -> str:
    """The name of what is listed; Django would say "Select usage entry to view"."""
    return capfirst(str(page.opts.verbose_name_plural))


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
    return format_html('{} <span class="quiet">(deleted account)</span>', entry.person_name or "unknown")


def page_of(name: str, *args: Any) -> str:
    return reverse(f"admin:conversations_{name}", args=args)
