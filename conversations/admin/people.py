"""People: their accounts, and what they used. Django's own pages for accounts, with our columns."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import Count, F, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conversations.admin.deletion import erase_on_commit, files_of
from conversations.admin.recorded import may_see_usage, one_figure, page_of, time_of
from conversations.models import Attachment, UsageEntry, User
from conversations.usage.filters import UsageFilter
from conversations.usage.numbers import short_count, usd_in_column
from conversations.usage.reports import attempts, dollars, exact_cost

if TYPE_CHECKING:
    AccountAdmin = UserAdmin[User]
else:
    AccountAdmin = UserAdmin

FIGURES = ("month_requests", "month_tokens", "month_cost", "all_requests", "all_tokens", "all_cost", "report")
RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")
TOKENS = (
    F("input_tokens")
    + F("cache_write_5m_tokens")
    + F("cache_write_1h_tokens")
    + F("cache_read_tokens")
    + F("output_tokens")
)


@admin.register(User)
class PersonAdmin(AccountAdmin):
    empty_note = "Everybody with an account appears here, with what they used this month and in all."
    list_display = ("username", "email", *FIGURES, "signed_in", "is_active", "is_staff")
    list_filter = ("is_active", "is_staff", "is_superuser", "groups", "last_login")
    list_per_page = 50
    fieldsets = (
        (None, {"fields": ("username", "email", "password")}),
        ("Usage", {"fields": FIGURES}),
        ("Rights", {"fields": ("is_active", "is_owner", *RIGHTS)}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "email", "usable_password", "password1", "password2")}),
    )
    readonly_fields = ("is_owner", "last_login", "date_joined", *FIGURES)

    def get_list_display(self, request: HttpRequest) -> Any:
        return self.list_display if may_see_usage(request) else [c for c in self.list_display if c not in FIGURES]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return [each for each in fieldsets if each[0] != "Usage" or may_see_usage(request)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only a superuser hands out rights; whoever may edit accounts could otherwise give them to themselves."""
        return self.readonly_fields if request.user.is_superuser else (*self.readonly_fields, *RIGHTS)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """A superuser's account is for superusers: a new password for it would be the key to everything."""
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """The owner stays, since a site without one would hand itself to the next account."""
        if obj is not None and (obj.is_owner or (obj.is_superuser and not request.user.is_superuser)):
            return False
        return super().has_delete_permission(request, obj)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, {"title": "People", **(extra_context or {})})

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        files = files_of(Attachment.objects.filter(owner=obj))
        super().delete_model(request, obj)
        erase_on_commit(files)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        files = files_of(Attachment.objects.filter(owner__in=queryset.values("pk")))
        super().delete_queryset(request, queryset)
        erase_on_commit(files)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        people: QuerySet[User] = super().get_queryset(request)
        if not may_see_usage(request):
            return people
        month = attempts(UsageFilter.this_month())
        return people.annotate(**_figures("month", month), **_figures("all", UsageEntry.objects.all()))

    @admin.display(description="requests this month", ordering="sum_month_requests")
    def month_requests(self, person: Any) -> str:
        return f"{person.sum_month_requests:,}"

    @admin.display(description="tokens this month", ordering="sum_month_tokens")
    def month_tokens(self, person: Any) -> str:
        return short_count(int(person.sum_month_tokens))

    @admin.display(description="cost this month", ordering="sum_month_cost")
    def month_cost(self, person: Any) -> str:
        return usd_in_column(dollars(person.sum_month_cost))

    @admin.display(description="requests in all", ordering="sum_all_requests")
    def all_requests(self, person: Any) -> str:
        return f"{person.sum_all_requests:,}"

    @admin.display(description="tokens in all", ordering="sum_all_tokens")
    def all_tokens(self, person: Any) -> str:
        return short_count(int(person.sum_all_tokens))

    @admin.display(description="cost in all", ordering="sum_all_cost")
    def all_cost(self, person: Any) -> str:
        return usd_in_column(dollars(person.sum_all_cost))

    @admin.display(description="last sign-in", ordering="last_login")
    def signed_in(self, person: User) -> str:
        return time_of(person.last_login) if person.last_login else "never"

    @admin.display(description="report")
    def report(self, person: Any) -> SafeString:
        year = timezone.localdate().replace(month=1, day=1)
        query = UsageFilter(year, timezone.localdate(), ("model", "day"), person.pk).query
        return format_html('<a href="{}?{}">Report</a>', page_of("usageentry_report"), query)


def _figures(span: str, entries: QuerySet[UsageEntry]) -> dict[str, Coalesce]:
    figures = {"requests": Count("pk"), "tokens": Sum(TOKENS), "cost": exact_cost()}
    return {f"sum_{span}_{name}": one_figure(entries, "person", figure) for name, figure in figures.items()}
