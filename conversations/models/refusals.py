"""Refusal events: what Claude declined, of which category, and what reviewers think of it. No words of a chat."""

from datetime import date, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce, Now, TruncDate
from django.utils import timezone

from conversations.models.conversations import Conversation
from conversations.models.messages import Message, Role
from conversations.models.people import User
from conversations.models.turns import Turn
from conversations.models.usage import Purpose, UsageEntry, between_days

NOTE_LENGTH = 500
GIVES_UP_AFTER = timedelta(hours=1)


class ReviewState(models.TextChoices):
    NEW = "new", "New"
    FALSE_ALARM = "false_alarm", "False alarm"
    POLICY = "policy", "Policy"
    ESCALATED = "escalated", "Escalated"
    RESOLVED = "resolved", "Resolved"


class Sequel(models.TextChoices):
    """What happened after a refusal, as far as rows can tell; the first one that is so."""

    FELL_BACK = "fell_back", "Site asked another model"
    OTHER_MODEL = "other_model", "Asked another model"
    REPHRASED = "rephrased", "Rephrased"
    WENT_ON = "went_on", "Went on with another question"
    DELETED = "deleted", "Chat deleted"
    GAVE_UP = "gave_up", "Gave up"
    OPEN = "open", "Nothing yet"


class RefusalEventQuerySet(models.QuerySet["RefusalEvent"]):
    def of_answer(self, answer: Message) -> Self:
        return self.filter(usage__turn__answer=answer)

    def between(self, first_day: date, last_day: date) -> Self:
        """Both days included, as the site's time zone counts them."""
        return self.filter(between_days("at", first_day, last_day))

    def tally(self, *keys: str) -> list[dict[str, Any]]:
        """`refusals`, `reported` and each review state of each group, in their order; the keys are of `day`,
        `category`, `model` and `group_name`.
        """
        named = self.annotate(
            day=TruncDate("at", tzinfo=timezone.get_default_timezone()),
            group_name=Coalesce("usage__group__name", Value("none")),
        )
        states = {str(state): Count("pk", filter=Q(state=state)) for state in ReviewState}
        counted = named.order_by().values(*keys).annotate(refusals=Count("pk"), reported=Count("reported_at"), **states)
        return list(counted.order_by(*keys))

    def with_sequel(self) -> Self:
        """With `sequel`, a Sequel. Nobody's words are read for it."""
        turn = "usage__turn"
        requests = UsageEntry.objects.filter(turn=OuterRef(turn), purpose=Purpose.ANSWER)
        fell_back = requests.filter(attempt__gt=OuterRef("usage__attempt"))
        others = Turn.objects.filter(question=OuterRef(f"{turn}__question"), pk__gt=OuterRef(turn))
        in_place = Message.objects.annotate(place=_place(F("parent_id"))).filter(
            conversation=OuterRef(f"{turn}__conversation"),
            role=Role.USER,
            pk__gt=OuterRef(f"{turn}__question"),
            place=_place(OuterRef(f"{turn}__question__parent_id")),
        )
        return self.annotate(
            sequel=Case(
                When(Q(usage__turn=None), then=Value(Sequel.DELETED)),
                When(Exists(fell_back), then=Value(Sequel.FELL_BACK)),
                When(Exists(others.exclude(model=OuterRef(f"{turn}__model"))), then=Value(Sequel.OTHER_MODEL)),
                When(Exists(in_place), then=Value(Sequel.REPHRASED)),
                When(Exists(Message.objects.filter(parent=OuterRef(f"{turn}__answer"))), then=Value(Sequel.WENT_ON)),
                When(Q(at__lt=Now() - GIVES_UP_AFTER), then=Value(Sequel.GAVE_UP)),
                default=Value(Sequel.OPEN),
                output_field=models.CharField(),
            )
        )


def _place(parent: F) -> Coalesce:
    """Where a message stands in the tree: a first one has no parent, and nothing is unequal to nothing in SQL."""
    return Coalesce(parent, Value(0))


class RefusalLabel(models.TextChoices):
    """What a look by Claude suggests to the reviewer; nothing more."""

    FALSE_ALARM = "false_alarm", "Looks like a false alarm"
    POLICY = "policy", "Looks right"
    ESCALATE = "escalate", "Somebody should look soon"


class RefusalEvent(models.Model):
    person = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="refusals")
    conversation = models.ForeignKey(Conversation, on_delete=models.SET_NULL, null=True, related_name="refusals")
    usage = models.OneToOneField(UsageEntry, on_delete=models.PROTECT, related_name="refusal")
    at = models.DateTimeField(auto_now_add=True, db_index=True)
    category = models.CharField(max_length=64, blank=True)  # "" when the API named none
    explanation = models.TextField(blank=True)  # the vendor's words, never the person's
    model = models.CharField(max_length=64)
    after_text = models.BooleanField(default=False)  # whether an answer had begun
    state = models.CharField(max_length=12, choices=ReviewState, default=ReviewState.NEW)
    assignee = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="reviews")
    label = models.CharField(max_length=12, choices=RefusalLabel, blank=True, default="", db_default="")
    # When its person said that it is wrong, and what they wrote to the admin about it, if anything.
    reported_at = models.DateTimeField(null=True, blank=True)
    report_note = models.CharField(max_length=NOTE_LENGTH, blank=True, default="", db_default="")

    objects = RefusalEventQuerySet.as_manager()

    class Meta:
        verbose_name = "refusal event"
        indexes = (models.Index(fields=["state", "-at"], name="refusals_to_review"),)

    def __str__(self) -> str:
        return f"refusal {self.pk}"


class RefusalNote(models.Model):
    """What a reviewer wrote down for the others. It is not changed afterwards."""

    event = models.ForeignKey(RefusalEvent, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    text = models.TextField(max_length=NOTE_LENGTH)

    class Meta:
        verbose_name = "note"

    def __str__(self) -> str:
        return f"note {self.pk}"  # never its words: this text reaches logs
