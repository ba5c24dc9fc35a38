"""Outages: that Claude denies this site its access. A row, so that all processes know, also after a restart."""

from datetime import timedelta
from typing import Optional

from django.db import connection, models
from django.db.models.functions import Now

from conversations.models.plain import rows


class OutageQuerySet(models.QuerySet["Outage"]):
    def of(self, access: str) -> Optional["Outage"]:
        """What stands in the way of this access. Nearly always nothing, which plain SQL finds out."""
        stands = rows("SELECT 1 FROM conversations_outage WHERE access = %s", access)
        return self.filter(pk=access).first() if stands else None

    def take_probe(self, access: str, *, every: timedelta) -> bool:
        """Whether the caller may see if the outage is over; nobody else may before `every` has passed."""
        due = self.filter(pk=access, next_probe_at__lte=Now())
        return due.update(next_probe_at=Now() + every) == 1

    def end(self, access: str) -> bool:
        """Whether there was an outage. In plain SQL, since each answer that begins ends what may stand."""
        table = connection.ops.quote_name(self.model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table} WHERE access = %s", [access])  # noqa: S608
            return bool(cursor.rowcount)


class Outage(models.Model):
    """It stands as long as its row. Another key or address is another access, which starts without one."""

    access = models.CharField(max_length=64, primary_key=True)  # a fingerprint of key and address
    reason = models.CharField(max_length=32)  # unauthorized, billing, spend_limit
    status = models.PositiveSmallIntegerField(null=True)  # of the HTTP answer that told it
    request_id = models.CharField(max_length=64, blank=True)  # upstream's
    since = models.DateTimeField(auto_now_add=True)
    next_probe_at = models.DateTimeField()

    objects = OutageQuerySet.as_manager()

    def __str__(self) -> str:
        return f"outage: {self.reason}"


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def standing(self, access: str) -> set[str]:
        """The models that this access may not ask just now."""
        return set(self.filter(access=access, until__gt=Now()).values_list("model", flat=True))

    def note(self, access: str, model: str, *, lasts: timedelta) -> None:
        self.update_or_create(access=access, model=model, defaults={"until": Now() + lasts})


class Absence(models.Model):
    """A model that the API said it has not, or not for this access. It is offered again after a while."""

    access = models.CharField(max_length=64)  # as that of an outage
    model = models.CharField(max_length=64)
    until = models.DateTimeField()

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["access", "model"], name="one_absence_of_a_model"),)

    def __str__(self) -> str:
        return f"absence of {self.model}"
