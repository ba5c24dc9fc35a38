"""Filters beside the ledger's list that Django's own do not offer."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from conversations.models import UsageEntry, User

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


class ModelFilter(ValuesFilter):
    name, empty = "model that answered", "none"


class StopReasonFilter(ValuesFilter):
    name, empty = "stop reason", "none"


class CategoryFilter(ValuesFilter):
    name, empty = "category", "none named"


class WentWrongFilter(admin.SimpleListFilter):
    title = "what went wrong"
    parameter_name = "wrong"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        reasons = UsageEntry.objects.went_wrong().order_by("reason").values_list("reason", flat=True).distinct()
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


class PersonFilter(admin.SimpleListFilter):
    """Those who signed in last, and whoever was chosen by a link from elsewhere."""

    title = "person"
    parameter_name = "person"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        latest = User.objects.exclude(last_login=None).order_by("-last_login")[:MOST_PEOPLE]
        names = {str(pk): name for pk, name in [*latest.values_list("pk", "username"), *self._chosen()]}
        return sorted(names.items(), key=lambda choice: choice[1].lower())

    def has_output(self) -> bool:
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet[UsageEntry]) -> QuerySet[UsageEntry]:
        chosen = self._number()
        return queryset if chosen is None else queryset.filter(person_id=chosen)

    def _chosen(self) -> Iterable[tuple[int, str]]:
        chosen: Any = User.objects.filter(pk=self._number() or 0).values_list("pk", "username")
        return list(chosen)

    def _number(self) -> int | None:
        given = str(self.value() or "")
        return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else None
