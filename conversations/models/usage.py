"""The ledger: one row per attempt, append-only. It outlives the chats and people that it counts."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Self

from django.db import models
from django.db.models.functions import Coalesce, NullIf, TruncDate
from django.utils import timezone

from conversations.models.append_only import AppendOnly, AppendOnlyQuerySet
from conversations.models.conversations import Conversation
from conversations.models.groups import NO_GROUP_NAME, PeopleGroup
from conversations.models.people import User
from conversations.models.plain import rows
from conversations.models.prices import Price
from conversations.models.projects import Project, project_in_reports
from conversations.models.turns import Turn


class Purpose(models.TextChoices):
    """What a request was for. All but the first two are of the site's own asking."""

    ANSWER = "answer", "Answer"
    BATCH = "batch", "Batch of prompts"
    TITLE = "title", "Title"
    FOLLOW_UPS = "follow_ups", "Follow-up suggestions"
    SUMMARY = "summary", "Summary of earlier messages"
    LABEL = "label", "Label of a refusal"


STOPPED = "stopped"  # the reason of an attempt that its person ended: no failure
LATELY = 10_000  # rows
WENT_WRONG = ~models.Q(reason__in=("", STOPPED))


class UsageEntryQuerySet(AppendOnlyQuerySet["UsageEntry"]):
    links = frozenset({"person", "group", "conversation", "turn"})

    def booked_for(self, turn_id: int, attempts: Collection[int]) -> list["UsageEntry"]:
        """Those attempts of the turn that have a row. Nearly always none has, which plain SQL finds out."""
        if not rows("SELECT 1 FROM conversations_usageentry WHERE turn_id = %s LIMIT 1", turn_id):
            return []
        return list(self.filter(turn=turn_id, purpose=Purpose.ANSWER, attempt__in=attempts))

    def between(self, first_day: date, last_day: date) -> Self:
        """Both days included, as the site's time zone counts them."""
        return self.filter(between_days("at", first_day, last_day))

    def lately(self) -> Self:
        """The newest: enough to tell which words occur, where a look at the whole ledger would take a second."""
        newest = self.model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0
        return self.filter(pk__gt=newest - LATELY)

    def went_wrong(self) -> Self:
        return self.filter(WENT_WRONG)

    def with_report_names(self) -> Self:
        """With `user`, `group_name`, `project_name`, `model` and `day` as reports name them.

        A person is called what they are called now, and by their pseudonym when they are gone. The model is the one
        that answered, since it is the one that is paid for; the one that was asked when none did.
        """
        return self.annotate(
            user=Coalesce("person__username", "pseudonym"),
            group_name=Coalesce("group__name", models.Value(NO_GROUP_NAME)),
            project_name=project_in_reports(models.Q(project=None)),
            model=Coalesce(NullIf("answered_model", models.Value("")), "asked_model"),
            day=TruncDate("at", tzinfo=timezone.get_default_timezone()),
        )


def between_days(field: str, first_day: date, last_day: date) -> models.Q:
    """Both days included, as the site's time zone counts them."""
    end = midnight(last_day + timedelta(days=1))
    return models.Q(**{f"{field}__gte": midnight(first_day), f"{field}__lt": end})


def midnight(day: date) -> datetime:
    """When the day begins in the site's time zone."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())


class UsageEntry(AppendOnly):
    """What one request to the Claude API used and cost.

    Tokens are counted by class, as the API reports them; `output_tokens` contains thinking. `cost_usd` is US dollars
    at the rates in `price` (dollars per million tokens, with their source and date). `estimated` rows counted their
    output themselves, since the stream ended before its usage.
    """

    person = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="usage")
    # Tells whose rows belong together when the person is gone, and names nobody; "" for what the site asked of itself.
    pseudonym = models.CharField(max_length=150, db_column="person_name")
    # That the person belonged to then. Without an index of its own: `usage_of_a_group` begins with it.
    group = models.ForeignKey(PeopleGroup, on_delete=models.SET_NULL, null=True, related_name="usage", db_index=False)
    # That the chat belonged to then. Its number stays when it is gone, so that its rows stay together; and no booking
    # fails because it goes at that moment. Without an index of its own: `usage_of_a_project` begins with it.
    project = models.ForeignKey(
        Project, on_delete=models.DO_NOTHING, null=True, related_name="usage", db_constraint=False, db_index=False
    )
    conversation = models.ForeignKey(Conversation, on_delete=models.SET_NULL, null=True, related_name="usage")
    # Without an index of its own: the constraint's begins with it.
    turn = models.ForeignKey(Turn, on_delete=models.SET_NULL, null=True, related_name="attempts", db_index=False)
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
    # What the same prompt would have cost more without a cache; below zero when writing cost more than reading saved.
    cache_saved_usd = models.DecimalField(max_digits=16, decimal_places=10, default=0, db_default=0)
    # Why the API could not read the beginning from its cache, in its own word, and about how many tokens that cost.
    cache_miss_reason = models.CharField(max_length=32, blank=True, default="", db_default="")
    cache_missed_tokens = models.PositiveBigIntegerField(default=0, db_default=0)
    price = models.JSONField(default=dict)
    # The row that these rates came from; none in rows that are older than prices as rows.
    price_version = models.ForeignKey(Price, on_delete=models.PROTECT, null=True, related_name="entries")
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
        constraints = (models.UniqueConstraint(fields=["turn", "attempt", "purpose"], name="one_entry_per_attempt"),)
        indexes = (
            models.Index(fields=["person", "at"], name="usage_of_a_person"),
            models.Index(fields=["group", "at"], name="usage_of_a_group"),
            models.Index(
                fields=["project", "at"], name="usage_of_a_project", condition=models.Q(project__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return f"usage {self.pk}"

    @property
    def went_wrong(self) -> bool:
        return self.reason not in ("", STOPPED)

    @property
    def prompt_tokens(self) -> int:
        written = self.cache_write_5m_tokens + self.cache_write_1h_tokens
        return self.input_tokens + written + self.cache_read_tokens
