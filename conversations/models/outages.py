"""Outages: that Claude denies this site its access. A row, so that all processes know, also after a restart."""

from datetime import timedelta

from django.db import models
from django.db.models.functions import Now


class OutageQuerySet(models.QuerySet["Outage"]):
    def take_probe(self, access: str, *, every: timedelta) -> bool:
        """Whether the caller may see if the outage is over; nobody else may before `every` has passed."""
        due = self.filter(pk=access, next_probe_at__lte=Now())
        return due.update(next_probe_at=Now() + every) == 1


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
