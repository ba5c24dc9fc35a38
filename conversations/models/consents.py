"""Whether a person lets Claude use a tool this once: a row, so that any window may answer, of any process."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models.functions import Now

from conversations.models.turns import ACTIVE, Turn

CONSENT_S = 300  # for so long a call waits


class ConsentState(models.TextChoices):
    WAITING = "waiting"
    ALLOWED = "allowed"
    DENIED = "denied"
    LAPSED = "lapsed"  # nobody said anything in time


class ToolConsentQuerySet(models.QuerySet["ToolConsent"]):
    def waiting(self) -> Self:
        """Those that can still be answered: their turn goes on, and their time is not over."""
        since = Now() - timedelta(seconds=CONSENT_S)
        return self.filter(state=ConsentState.WAITING, asked_at__gt=since, turn__status__in=ACTIVE).order_by("pk")

    def answer(self, state: ConsentState) -> bool:
        """Whether this call answered it; an answer stays as it is."""
        return self.filter(state=ConsentState.WAITING).update(state=state) == 1


class ToolConsent(models.Model):
    turn = models.ForeignKey(Turn, on_delete=models.CASCADE, related_name="consents")
    call_id = models.CharField(max_length=128)  # Claude's name for the call
    state = models.CharField(max_length=8, choices=ConsentState, default=ConsentState.WAITING)
    asked_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ToolConsentQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["turn", "call_id"], name="one_consent_per_call"),)

    def __str__(self) -> str:
        return f"consent {self.pk}"
