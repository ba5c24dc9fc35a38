"""Folds: where Claude stopped reading a chat that had become too long for it."""

from collections.abc import Collection
from typing import Optional

from django.db import models

from conversations.models.messages import Message


class FoldQuerySet(models.QuerySet["Fold"]):
    def newest_on(self, path: Collection[int]) -> Optional["Fold"]:
        """The one that counts for a branch of these messages."""
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
