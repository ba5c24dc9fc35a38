"""Allowances: what the API lets this site ask of each model. Rows, so that all processes keep within them together."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class AllowanceQuerySet(models.QuerySet["Allowance"]):
    def of(self, access: str) -> Self:
        """With `now`, the present by the clock that `told_at` goes by."""
        return self.filter(access=access).annotate(now=Now())

    def tell(self, access: str, model: str, buckets: Mapping[str, Any], *, asked_s_ago: float) -> None:
        """What an answer to a request said that went out so long ago. Older news than what is known changes nothing."""
        asked_at = Now() - timedelta(seconds=asked_s_ago)
        mine = self.filter(access=access, model=model)
        older = mine.filter(Q(asked_at=None) | Q(asked_at__lt=asked_at))
        self._write(mine, older, access, model, buckets=buckets, asked_at=asked_at, told_at=Now())

    def rest(self, access: str, model: str, *, seconds: float) -> None:
        """Nobody asks the model for so long."""
        until = Now() + timedelta(seconds=seconds)
        mine = self.filter(access=access, model=model)
        self._write(mine, mine.exclude(rests_until__gt=until), access, model, rests_until=until)

    def _write(self, mine: Self, which: Self, access: str, model: str, **facts: Any) -> None:
        if not which.update(**facts) and not mine.exists():
            self.bulk_create([Allowance(access=access, model=model, **facts)], ignore_conflicts=True)


class Allowance(models.Model):
    """What may be asked of one model, as the API last told it.

    `buckets` has `[limit, left, full_in_s]` by the name of each limit, as of `told_at`, in an answer to a request that
    went out at `asked_at`.
    """

    access = models.CharField(max_length=64)  # as that of an outage
    model = models.CharField(max_length=64)
    buckets = models.JSONField(default=dict)
    asked_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    rests_until = models.DateTimeField(null=True)  # it was asked too much

    objects = AllowanceQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["access", "model"], name="one_allowance_of_a_model"),)

    def __str__(self) -> str:
        return f"allowance of {self.model}"
