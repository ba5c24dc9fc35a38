"""People: their accounts, and what they used. Django's own pages for accounts, with our columns."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conversations.admin.reach import in_reach
from conversations.admin.recorded import may_see_usage, one_figure, page_of, time_of
from conversations.attachments import store
from conversations.models import Attachment, PeopleGroup, Rollup, User
from conversations.usage.filters import UsageFilter
from conversations.usage.numbers import short_count, usd_in_column
from conversations.usage.reports import dollars, rollups

if TYPE_CHECKING:
    AccountAdmin = UserAdmin[User]
else:
    AccountAdmin = UserAdmin

FIGURES = ("month_requests", "month_tokens", "month_cost", "all_requests", "all_tokens", "all_cost", "report")
RIGHTS = ("is_staff", "is_superuser", "group", "is_group_admin", "groups", "user_permissions")
MOST_GROUPS = 50  # to choose from in the list of actions
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
    list_display = ("username", "email", "group", *FIGURES, "signed_in", "is_active", "is_staff")
    list_filter = ("group", "is_active", "is_staff", "is_superuser", "groups", "last_login")
    list_per_page = 50
    list_select_related = ("group",)
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

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        if not request.user.is_superuser:  # a group gives models and money, as a right does
            return actions
        groups = {f"put_into_{group.pk}": _moving(group) for group in PeopleGroup.objects.in_order()[:MOST_GROUPS]}
        return actions | groups | ({"put_into_none": _moving(None)} if groups else {})

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Nobody who sees one group alone needs the names of the others."""
        return self.list_filter[1:] if cast(User, request.user).is_confined else self.list_filter

    def get_list_display(self, request: HttpRequest) -> Any:
        return self.list_display if may_see_usage(request) else [c for c in self.list_display if c not in FIGURES]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return [each for each in fieldsets if each[0] != "Usage" or may_see_usage(request)]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Django's groups are sets of rights; groups of people are something else here."""
        names = {"label": "Sets of rights"} if db_field.name == "groups" else {}
        return super().formfield_for_manytomany(db_field, request, **{**names, **kwargs})

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
        with transaction.atomic():
            store.erase(Attachment.objects.filter(owner=obj))
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        with transaction.atomic():
            store.erase(Attachment.objects.filter(owner__in=queryset.values("pk")))
            super().delete_queryset(request, queryset)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        people: QuerySet[User] = in_reach(request, super().get_queryset(request), "group")
        if not may_see_usage(request):
            return people
        month = rollups(UsageFilter.this_month())
        return people.annotate(**_figures("month", month), **_figures("all", Rollup.objects.ever()))

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


def _moving(group: PeopleGroup | None) -> tuple[Callable[..., None], str, str]:
    name = f"put_into_{group.pk if group else 'none'}"

    def move(page: PersonAdmin, request: HttpRequest, chosen: QuerySet[User]) -> None:
        count = User.objects.filter(pk__in=chosen.values("pk")).update(group=group)
        page.message_user(request, f"{count:,} moved.", messages.SUCCESS)

    return move, name, f"Put into the group {group}" if group else "Take out of their group"


def _figures(span: str, used: QuerySet[Rollup]) -> dict[str, Coalesce]:
    figures = {"requests": Sum("requests"), "tokens": Sum(TOKENS), "cost": Sum("cost")}
    return {f"sum_{span}_{name}": one_figure(used, "person", figure) for name, figure in figures.items()}
