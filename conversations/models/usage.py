"""The ledger: one row per attempt, append-only. It outlives the chats and people that it counts."""

from datetime import date, datetime, time, timedelta
from typing import Self

from django.db import models
from django.db.models.functions import Coalesce, NullIf, TruncDate
from django.utils import timezone

from conversations.models.conversations import Conversation
from conversations.models.people import User
from conversations.models.turns import Turn


class Purpose(models.TextChoices):
    ANSWER = "answer", "Answer"


STOPPED = "stopped"  # the reason of an attempt that its person ended: no failure


class UsageEntryQuerySet(models.QuerySet["UsageEntry"]):
    def between(self, first_day: date, last_day: date) -> Self:
        """Both days included, as the site's time zone counts them."""
        return self.filter(at__gte=midnight(first_day), at__lt=midnight(last_day + timedelta(days=1)))

    def went_wrong(self) -> Self:
        return self.exclude(reason__in=("", STOPPED))

    def with_report_names(self) -> Self:
        """With `user`, `model` and `day` as reports name them.

        A person is called what they are called now, or what they were when they are gone. The model is the one that
        answered, since it is the one that is paid for; the one that was asked when none did.
        """
        return self.annotate(
            user=Coalesce("person__username", "person_name"),
            model=Coalesce(NullIf("answered_model", models.Value("")), "asked_model"),
            day=TruncDate("at", tzinfo=timezone.get_default_timezone()),
        )


def midnight(day: date) -> datetime:
    """When the day begins in the site's time zone."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())


class UsageEntry(models.Model):
    """What one request to the Claude API used and cost.

    Tokens are counted by class, as the API reports them; `output_tokens` contains thinking. `cost_usd` is US dollars
    at the rates in `price` (dollars per million tokens, with their source and date). `estimated` rows counted their
    output themselves, since the stream ended before its usage.
    """

    person = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="usage")
    person_name = models.CharField(max_length=150)  # as it was, so that the row can be read when the person is gone
    conversation = models.ForeignKey(Conversation, on_delete=models.SET_NULL, null=True, related_name="usage")
    turn = models.ForeignKey(Turn, on_delete=models.SET_NULL, null=True, related_name="attempts")
    attempt = models.PositiveSmallIntegerField(default=1)
    purpose = models.CharField(max_length=16, choices=Purpose, default=Purpose.ANSWER)
    at = models.DateTimeField(auto_now_add=True, db_index=True)
    asked_model = models.CharField(max_length=64)
    answered_model = models.CharField(max_length=64, blank=True)
    input_tokens = models.PositiveBigIntegerField(default=0)
    cache_write_5m_tokens = models.PositiveBigIntegerField(default=0)
    cache_write_1h_tokens = models.PositiveBigIntegerField(default=0)
    cache_read_tokens = models.PositiveBigIntegerField(default=0)
    output_tokens = models.PositiveBigIntegerField(default=0)
    web_searches = models.PositiveIntegerField(default=0)
    # Ten places hold one token at the smallest rate, $0.0625 per million, to its last digit.
    cost_usd = models.DecimalField(max_digits=16, decimal_places=10, default=0)
    price = models.JSONField(default=dict)
    stop_reason = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=32, blank=True)  # what went wrong, in the contract's words
    request_id = models.CharField(max_length=64, blank=True)
    first_token_ms = models.PositiveIntegerField(null=True, blank=True)
    duration_ms = models.PositiveIntegerField(default=0)
    billed = models.BooleanField(default=True)
    estimated = models.BooleanField(default=False)

    objects = UsageEntryQuerySet.as_manager()

    class Meta:
        verbose_name = "usage entry"
        verbose_name_plural = "usage entries"
        indexes = (models.Index(fields=["person", "at"], name="usage_of_a_person"),)

    def __str__(self) -> str:
        return f"usage {self.pk}"
