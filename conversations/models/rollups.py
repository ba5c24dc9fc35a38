"""The ledger added up: a row for each day, person, group, project, model and purpose, and one for each month of them,
so that a report reads few rows.

`usage/rollups.py` writes them, in the transaction that books what they count. Nothing else is to be asked of the
ledger for a sum over time.
"""

from datetime import date, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Case, F, Q, Sum, Value, When
from django.db.models.functions import Cast, Coalesce, Concat
from django.db.models.lookups import Exact

from conversations.models.groups import NO_GROUP_NAME, PeopleGroup
from conversations.models.people import FORMER, User
from conversations.models.projects import Project, project_in_reports
from conversations.models.usage import Purpose

A_DAY = timedelta(days=1)
NOBODY, NO_PROJECT = 0, 0
NO_GROUP = -1  # 0 is no group's number either, and asked for where nothing may be seen

OF_A_ROW = ("purpose", "billed", "estimated", "cache_miss_reason")  # what a rollup has from its rows as it is there
MISSED = ~Q(cache_miss_reason="")


def _link(to: type[models.Model] | str) -> "models.ForeignKey[Any, Any]":
    """Keeps its number when what it names is gone, since no sum moves then. Nobody has a number too: in a key, NULL
    would equal no other NULL.
    """
    return models.ForeignKey(
        to, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="+"
    )


class RollupQuerySet(models.QuerySet["Rollup"]):
    """Each attempt is counted twice, in its day and in its month: ask for one of these, and never for all."""

    def by_day(self, first_day: date, last_day: date) -> Self:
        """Both days included, as the site's time zone counts them."""
        return self.filter(is_month=False, day__gte=first_day, day__lte=last_day)

    def between(self, first_day: date, last_day: date) -> Self:
        """The same in fewer rows: whole months, and the days before and after them."""
        months_begin, months_end = _next_month(first_day - A_DAY), (last_day + A_DAY).replace(day=1)
        if months_begin >= months_end:
            return self.by_day(first_day, last_day)
        whole = Q(is_month=True, day__gte=months_begin, day__lt=months_end)
        before = Q(is_month=False, day__gte=first_day, day__lt=months_begin)
        after = Q(is_month=False, day__gte=months_end, day__lte=last_day)
        return self.filter(whole | before | after)

    def ever(self) -> Self:
        return self.filter(is_month=True)

    def numbered(self, **numbers: int) -> Self:
        """Those of such a `person_id`. After `with_report_names` a plain filter would leave out whoever is gone, since
        Django takes it to ask for the row that is named.
        """
        return self.filter(*(Exact(F(name), number) for name, number in numbers.items()))

    def with_report_names(self) -> Self:
        """With `user`, `group_name` and `project_name` as reports name them: as they are called now, and by their
        number those who are gone.
        """
        gone = Concat(Value(FORMER), Cast("person_id", models.CharField()))
        nobody = When(person_id=NOBODY, then=Value(""))
        return self.annotate(
            user=Coalesce("person__username", Case(nobody, default=gone)),
            group_name=Coalesce("group__name", Value(NO_GROUP_NAME)),
            project_name=project_in_reports(Q(project_id=NO_PROJECT)),
        )


class Rollup(models.Model):
    """Money is in ten-billionths of a dollar, whole numbers that every database adds up exactly."""

    day = models.DateField()  # of a month its first
    is_month = models.BooleanField(default=False)
    zone = models.CharField(max_length=64)  # whose day it is; another one than the site's has to be added up anew
    # Which of the writers at work at once: each adds to rows of its own, so that none waits for another's transaction.
    lane = models.PositiveSmallIntegerField()
    person = _link(User)
    group = _link(PeopleGroup)  # that the person belonged to then
    project = _link(Project)  # that the chat belonged to then
    model = models.CharField(max_length=64)  # that answered; that was asked when none did
    purpose = models.CharField(max_length=16, choices=Purpose)
    billed = models.BooleanField()
    estimated = models.BooleanField()
    cache_miss_reason = models.CharField(max_length=32, blank=True)

    requests = models.PositiveBigIntegerField()
    failures = models.PositiveBigIntegerField()
    refusals = models.PositiveBigIntegerField()
    input_tokens = models.PositiveBigIntegerField()
    cache_write_5m_tokens = models.PositiveBigIntegerField()
    cache_write_1h_tokens = models.PositiveBigIntegerField()
    cache_read_tokens = models.PositiveBigIntegerField()
    output_tokens = models.PositiveBigIntegerField()
    web_searches = models.PositiveBigIntegerField()
    cost = models.PositiveBigIntegerField()
    cache_saved = models.BigIntegerField()
    cache_missed_tokens = models.PositiveBigIntegerField()

    objects = RollupQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["is_month", "day", "person", "group", "project", "model", *OF_A_ROW, "zone", "lane"],
                name="one_rollup_of_a_kind",
            ),
        )
        indexes = (
            models.Index(fields=["person", "is_month", "day"], name="rollups_of_a_person"),
            models.Index(fields=["group", "is_month", "day"], name="rollups_of_a_group"),
            models.Index(fields=["project", "is_month", "day"], name="rollups_of_a_project"),
        )

    def __str__(self) -> str:
        return f"rollup {self.pk}"


KEYS = ("is_month", "day", "zone", "lane", "person_id", "group_id", "project_id", "model", *OF_A_ROW)
SUMS = tuple(field.attname for field in Rollup._meta.concrete_fields if field.attname not in ("id", *KEYS))


def _next_month(day: date) -> date:
    """The first day of the month after this one."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def sums(*names: str) -> dict[str, Any]:
    """Of these columns alone, since each costs a year's report its time; `sum_` before a name, which an annotation
    may not have of a field.
    """
    estimated = Q(estimated=True)
    special = {
        "estimated_requests": Sum("requests", filter=estimated),
        "estimated_cost": Sum("cost", filter=estimated),
        "cache_misses": Sum("requests", filter=MISSED),
    }
    return {f"sum_{name}": special.get(name) or Sum(name) for name in names}
