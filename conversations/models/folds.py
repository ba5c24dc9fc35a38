"""Folds: where Claude stopped reading a chat that had become too long for it."""

from collections.abc import Collection
from typing import Optional

from django.db import models

from conversations.models.messages import Message
from conversations.models.plain import rows


class FoldQuerySet(models.QuerySet["Fold"]):
    def newest_on(self, path: Collection[int]) -> Optional["Fold"]:
        """The one that counts for a branch of these messages. Hardly any has one, so it is looked for in plain SQL."""
        marks = ", ".join(["%s"] * len(path))
        if not rows(f"SELECT 1 FROM conversations_fold WHERE until_id IN ({marks}) LIMIT 1", *path):  # noqa: S608
            return None
        return self.filter(until__in=path).select_related("until").order_by("-until__position").first()


class Fold(models.Model):
    """Claude is told `summary` in the place of every message up to `until`, and nothing where it is empty.

    A message has one place in the tree, so a fold holds for every branch that leads through it.
    """

    until = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="fold")
    summary = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = FoldQuerySet.as_manager()

    def __str__(self) -> str:
        return f"fold {self.pk}"
