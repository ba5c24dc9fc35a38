"""How far somebody sees in the admin: all of it, or the group that they look after."""

from dataclasses import replace
from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpRequest

from conversations.models import Rollup, User
from conversations.usage.filters import UsageFilter

NO_GROUP = 0  # no group has this number


def in_reach(request: HttpRequest, rows: QuerySet[Any], group: str) -> Any:
    """Those of the rows that may be seen; `group` is the lookup that leads to the number of their group."""
    confined_to = _confined_to(request)
    return rows if confined_to is None else rows.filter(**{group: confined_to})


def within_reach(request: HttpRequest, asked: UsageFilter) -> UsageFilter:
    confined_to = _confined_to(request)
    return asked if confined_to is None else replace(asked, group_id=confined_to)


def project_name(request: HttpRequest, number: int) -> str:
    """As reports name it; "" of one in which nothing was used that this person may see."""
    used = in_reach(request, Rollup.objects.ever().filter(project_id=number), "group").with_report_names()
    return str(used.values_list("project_name", flat=True).first() or "")


def _confined_to(request: HttpRequest) -> int | None:
    """None for no limit. Who has the role and no group sees nothing, instead of everybody without a group."""
    person = cast(User, request.user)
    return (person.group_id or NO_GROUP) if person.is_confined else None
