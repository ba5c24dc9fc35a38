"""Alerts: what whoever runs the site should know soon, each once until it is over, and who was told by which way."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

SUBJECT_LENGTH = 100
SAYS_LENGTH = 400


class AlertKind(models.TextChoices):
    OUTAGE = "outage", "Claude denies this site its access"
    ERRORS = "errors", "Many requests to Claude fail"
    REFUSALS = "refusals", "Claude declines twice as much"
    BATCH = "batch", "A batch failed"
    MODEL = "model", "A model retires"
    RECONCILIATION = "reconciliation", "The ledger and the vendor's bill differ"
    BUDGET = "budget", "A budget runs out"


class AlertQuerySet(models.QuerySet["Alert"]):
    def standing(self) -> Self:
        return self.filter(cleared_at=None)


class Alert(models.Model):
    """It stands until `cleared_at`. `subject` is what it is about: an id, a day, or "" for the whole site.

    `says` holds figures and names of models, people and budgets; no words of a conversation.
    """

    kind = models.CharField(max_length=16, choices=AlertKind)
    subject = models.CharField(max_length=SUBJECT_LENGTH, blank=True)
    says = models.CharField(max_length=SAYS_LENGTH)
    since = models.DateTimeField(db_default=Now(), editable=False, db_index=True)
    cleared_at = models.DateTimeField(null=True, blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=Q(cleared_at=None), name="one_standing_alert_of_a_subject"
            ),
        )

    def __str__(self) -> str:
        return f"alert {self.pk}"


class Way(models.TextChoices):
    MAIL = "mail", "E-mail"
    WEBHOOK = "webhook", "Webhook"


class AlertEvent(models.TextChoices):
    RAISED = "raised", "Raised"
    CLEARED = "cleared", "Cleared"


class AlertNoticeQuerySet(models.QuerySet["AlertNotice"]):
    def waiting(self) -> Self:
        return self.filter(due_at__isnull=False)

    def due(self) -> Self:
        """Those to be sent now; nobody hears that an alert is over before they heard of it."""
        before = self.model.objects.waiting().filter(
            alert=OuterRef("alert"), way=OuterRef("way"), pk__lt=OuterRef("pk")
        )
        return self.filter(~Exists(before), due_at__lte=Now()).order_by("due_at", "pk")

    def take(self, *, hold: timedelta) -> "AlertNotice | None":
        """One that is due, ours for `hold`, with its new fence; None when there is none."""
        for pk, fence in self.due().values_list("pk", "fence")[:5]:
            if self.held(pk, fence).filter(due_at__lte=Now()).update(fence=fence + 1, due_at=Now() + hold):
                return self.select_related("alert").get(pk=pk)
        return None

    def held(self, pk: int, fence: int) -> Self:
        return self.filter(pk=pk, fence=fence)


class AlertNotice(models.Model):
    """That an alert was raised or cleared, told by one way. `due_at` is empty once it was sent or given up."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="notices")
    event = models.CharField(max_length=8, choices=AlertEvent)
    way = models.CharField(max_length=8, choices=Way)
    due_at = models.DateTimeField(null=True, db_default=Now())
    sent_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    fault = models.CharField(max_length=100, blank=True)  # what went wrong last, in our words
    fence = models.PositiveIntegerField(default=0)

    objects = AlertNoticeQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["alert", "event", "way"], name="one_notice_of_an_event_by_each_way"),
        )
        indexes = (models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="notices_to_send"),)

    def __str__(self) -> str:
        return f"notice {self.pk}"
