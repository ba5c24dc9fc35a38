"""Filters beside the ledger's list that Django's own do not offer."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.db.models.lookups import Exact
from django.http import HttpRequest

from conversations.admin.reach import in_reach, project_name
from conversations.admin.recorded import whole_number
from conversations.models import PeopleGroup, Rollup, Sequel, UsageEntry, User
from conversations.models.groups import NO_GROUP_NAME
from conversations.models.people import pseudonym_of

MOST_PEOPLE = 25  # a list of everybody is no filter; the search finds the others by name


class WhenFilter(admin.DateFieldListFilter):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = "time"


class ValuesFilter(admin.AllValuesFieldListFilter):
    """Each value that occurs. Django would make a link without words of the empty one."""

    name = ""
    empty = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = self.name

    def choices(self, changelist: Any) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield {**choice, "display": choice["display"] or self.empty}


class GroupFilter(admin.SimpleListFilter):
    """By the group that the person belonged to then, as reports name it."""

    title = "group"
    parameter_name = "of_group"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        names = list(in_reach(request, PeopleGroup.objects.in_order(), "pk").values_list("name", flat=True))
        return [(name, name) for name in (*names, NO_GROUP_NAME)] if names else []

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(group_name=self.value()) if self.value() else queryset


class ModelFilter(admin.SimpleListFilter):
    """By the model that answered, or was asked when none did: as reports name it."""

    title = "model"
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        used = in_reach(request, Rollup.objects.ever(), "group").order_by("model")
        return [(model, model) for model in used.values_list("model", flat=True).distinct()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(model=self.value()) if self.value() else queryset


class AnsweringModelFilter(ValuesFilter):
    name = "model"


class StopReasonFilter(admin.SimpleListFilter):
    title = "stop reason"
    parameter_name = "stop_reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        entries = in_reach(request, UsageEntry.objects.lately(), "group").order_by("stop_reason")
        return [(reason, reason or "none") for reason in entries.values_list("stop_reason", flat=True).distinct()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset if self.value() is None else queryset.filter(stop_reason=self.value())


class CategoryFilter(ValuesFilter):
    name, empty = "category", "none named"


class ReportedFilter(admin.SimpleListFilter):
    title = "report"
    parameter_name = "reported"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [("yes", "Reported by the person"), ("no", "Not reported")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(reported_at__isnull=self.value() == "no") if self.value() in ("yes", "no") else queryset


class SequelFilter(admin.SimpleListFilter):
    title = "what happened next"
    parameter_name = "next"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return Sequel.choices

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(sequel=self.value()) if self.value() in Sequel else queryset


class WentWrongFilter(admin.SimpleListFilter):
    title = "what went wrong"
    parameter_name = "wrong"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        reasons = (
            in_reach(request, UsageEntry.objects.lately().went_wrong(), "group")
            .order_by("reason")
            .values_list("reason", flat=True)
            .distinct()
        )
        return [("any", "Anything"), ("nothing", "Nothing"), *((reason, reason) for reason in reasons)]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case None:
                return queryset
            case "any":
                return queryset.went_wrong()
            case "nothing":
                return queryset.exclude(pk__in=queryset.went_wrong().values("pk"))
            case reason:
                return queryset.filter(reason=reason)


class NumberFilter(admin.SimpleListFilter):
    """Chosen by number, as links from elsewhere do."""

    def _number(self) -> int | None:
        return whole_number(str(self.value() or ""))


class PersonFilter(NumberFilter):
    """Those who signed in last, and whoever was chosen by a link from elsewhere."""

    title = "person"
    parameter_name = "person"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        people = in_reach(request, User.objects.all(), "group")
        latest = people.exclude(last_login=None).order_by("-last_login")[:MOST_PEOPLE]
        chosen = people.filter(pk=self._number() or 0)
        names = {
            str(pk): name for pk, name in [*latest.values_list("pk", "username"), *chosen.values_list("pk", "username")]
        }
        return sorted(names.items(), key=lambda choice: choice[1].lower())

    def has_output(self) -> bool:
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet[UsageEntry]) -> QuerySet[UsageEntry]:
        chosen = self._number()
        if chosen is None:
            return queryset
        if User.objects.filter(pk=chosen).exists():
            return queryset.filter(person_id=chosen)  # which has an index
        return queryset.filter(pseudonym=pseudonym_of(chosen) if chosen else "")


class ProjectFilter(NumberFilter):
    """The one that was chosen by a link from elsewhere."""

    title = "project"
    parameter_name = "project"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        chosen = self._number()
        name = project_name(request, chosen) if chosen is not None else ""
        return [(str(chosen), name)] if name else []

    def has_output(self) -> bool:
        return self._number() is not None

    def queryset(self, request: HttpRequest, queryset: QuerySet[UsageEntry]) -> QuerySet[UsageEntry]:
        chosen = self._number()
        if chosen is None:
            return queryset
        return queryset.filter(Exact(F("project_id"), chosen) if chosen else Q(project=None))


class StandsFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [("stands", "Stands"), ("over", "Over")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        is_asked = self.value() in ("stands", "over")
        return queryset.filter(cleared_at__isnull=self.value() == "stands") if is_asked else queryset
