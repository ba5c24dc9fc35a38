"""The roster: the models that the API lists, what the owner offers of them, and when anybody last looked."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models.functions import Now

LAST = 100  # where a model stands that nobody gave a place


class ClaudeModelQuerySet(models.QuerySet["ClaudeModel"]):
    def listed(self) -> Self:
        """Those that were there when somebody last looked; the others are out of this key's reach now."""
        newest = self.model.objects.order_by("-seen_at").values("seen_at")[:1]
        return self.filter(seen_at=models.Subquery(newest))

    def in_order(self) -> Self:
        return self.order_by("position", "-created_at", "id")


class ClaudeModel(models.Model):
    """One model as the API describes it. What it does not say is empty; `offered` and `position` are the owner's."""

    id = models.CharField("id", primary_key=True, max_length=64)
    display_name = models.CharField("name", max_length=128)
    line = models.CharField(max_length=32, blank=True)
    lifecycle = models.CharField(max_length=16)
    created_at = models.DateTimeField("released", null=True, blank=True)
    deprecated_at = models.DateTimeField("deprecated", null=True, blank=True)
    retires_at = models.DateTimeField("retires", null=True, blank=True)
    context_tokens = models.PositiveIntegerField("context in tokens", null=True, blank=True)
    max_output_tokens = models.PositiveIntegerField("longest answer in tokens", null=True, blank=True)
    capabilities = models.JSONField(default=dict, blank=True)  # as received
    seen_at = models.DateTimeField("last listed")
    offered = models.BooleanField(default=False, help_text="Whether people may choose it.")
    position = models.PositiveSmallIntegerField(
        "place", default=LAST, help_text="Where it stands among those to choose from; the smallest number is first."
    )

    objects = ClaudeModelQuerySet.as_manager()

    class Meta:
        verbose_name = "model"

    def __str__(self) -> str:
        return self.display_name


class RosterSyncQuerySet(models.QuerySet["RosterSync"]):
    def take(self, access: str, *, hold: timedelta) -> bool:
        """Whether it is the caller's turn to look; it is nobody else's before `hold` has passed."""
        self.get_or_create(pk=access, defaults={"due_at": Now()})
        return self.filter(pk=access, due_at__lte=Now()).update(due_at=Now() + hold) == 1


class RosterSync(models.Model):
    """When the API was last asked for its models, and what came of it. Another key or address asks for itself."""

    access = models.CharField(max_length=64, primary_key=True)  # a fingerprint of key and address
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=32, blank=True)  # the stable word for what went wrong
    model_count = models.PositiveIntegerField(default=0)
    changes = models.JSONField(default=list)  # sentences

    objects = RosterSyncQuerySet.as_manager()

    def __str__(self) -> str:
        return f"sync of {self.ended_at:%Y-%m-%d %H:%M}" if self.ended_at else "no sync yet"
