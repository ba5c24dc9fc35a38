"""Feedback: what people think of answers. It goes with its answer, and repeats nothing of it."""

from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from conversations.models.messages import Message
from conversations.models.people import User
from conversations.models.usage import between_days

REASON_LENGTH = 500


class Verdict(models.TextChoices):
    GOOD = "good", "Good answer"
    BAD = "bad", "Bad answer"


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    def between(self, first_day: date, last_day: date) -> Self:
        """Both days included, as the site's time zone counts them."""
        return self.filter(between_days("at", first_day, last_day))

    def tally(self, *keys: str) -> list[dict[str, Any]]:
        """`good`, `bad` and `good_percent` of each group, in their order; the keys are of `day` and `model`."""
        days = self.annotate(day=TruncDate("at", tzinfo=timezone.get_default_timezone()))
        verdicts = {str(verdict): Count("pk", filter=Q(verdict=verdict)) for verdict in Verdict}
        counted = days.values(*keys).annotate(**verdicts).order_by(*keys)
        return [row | {"good_percent": round(100 * row["good"] / (row["good"] + row["bad"]))} for row in counted]


class Feedback(models.Model):
    answer = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="feedback")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="feedback")
    model = models.CharField(max_length=64)  # who answered
    verdict = models.CharField(max_length=4, choices=Verdict)
    reason = models.CharField(max_length=REASON_LENGTH, blank=True)  # what the person wrote to the admin about it
    at = models.DateTimeField(auto_now=True, db_index=True)

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "feedback"

    def __str__(self) -> str:
        return f"feedback {self.pk}"
