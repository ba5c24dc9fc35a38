"""Chores: what one process does for all of them, again and again."""

from datetime import timedelta

from django.db import models
from django.db.models.functions import Now


class ChoreQuerySet(models.QuerySet["Chore"]):
    def take(self, name: str, *, hold: timedelta) -> bool:
        """Whether it is the caller's turn; it is nobody else's before `hold` has passed, by the database's clock."""
        self.get_or_create(pk=name, defaults={"due_at": Now()})
        return self.filter(pk=name, due_at__lte=Now()).update(due_at=Now() + hold) == 1


class Chore(models.Model):
    """A process that dies in the middle leaves it to whoever comes next."""

    name = models.CharField(max_length=32, primary_key=True)
    due_at = models.DateTimeField()

    objects = ChoreQuerySet.as_manager()

    def __str__(self) -> str:
        return f"chore {self.name}"
