"""Batches: prompts that can wait, handed in together, and what came of each.

Whoever looks after a batch takes it for a while by moving `due_at` on, and with it the next `fence`. A process that was
away too long knows an older fence and writes nothing. All of it goes by the clock of the database.
"""

from datetime import datetime, timedelta
from typing import Self
from uuid import UUID, uuid4

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Case, Count, Q, Sum, When
from django.db.models.functions import Coalesce, Now

from conversations.models.conversations import Conversation
from conversations.models.people import User
from conversations.models.refusals import RefusalEvent
from conversations.models.usage import Purpose, UsageEntry

FILE_NAME_LENGTH = 200
KEY_LENGTH = 64


class BatchState(models.TextChoices):
    DRAFT = "draft", "To be confirmed"
    QUEUED = "queued", "Waiting to be handed in"
    SENDING = "sending", "Handed in, not acknowledged"  # it may exist at the API, or not
    RUNNING = "running", "Under way"
    ENDED = "ended", "Ended"
    FAILED = "failed", "Failed"


ACTIVE = (BatchState.QUEUED, BatchState.SENDING, BatchState.RUNNING)


class ItemOutcome(models.TextChoices):
    PENDING = "pending", "Waiting"
    SUCCEEDED = "succeeded", "Answered"
    REFUSED = "refused", "Declined by Claude"
    ERRORED = "errored", "Failed"
    CANCELED = "canceled", "Cancelled"
    EXPIRED = "expired", "Expired"
    LOST = "lost", "Result lost"


# What the site asks again another night is only what nobody has looked at.
ASKED = (ItemOutcome.PENDING, ItemOutcome.SUCCEEDED, ItemOutcome.REFUSED, ItemOutcome.ERRORED)
OF_THE_SITE = (Purpose.LABEL, Purpose.TITLE)


class BatchQuerySet(models.QuerySet["Batch"]):
    def visible_to(self, person: User | AnonymousUser) -> Self:
        """One's own, and those that the site makes itself, which hold nobody's words."""
        if not person.is_authenticated:
            return self.none()
        return self.filter(Q(person_id=person.pk) | Q(purpose__in=OF_THE_SITE))

    def active(self) -> Self:
        return self.filter(state__in=ACTIVE)

    def forsaken(self) -> Self:
        """Done with, of somebody who is gone, or never finished."""
        nobodys = self.filter(person=None, created_at__lt=Now() - timedelta(days=1))
        return nobodys.exclude(purpose__in=OF_THE_SITE).exclude(state__in=ACTIVE)

    def due(self) -> Self:
        return self.active().filter(due_at__lte=Now()).order_by("due_at", "pk")

    def take(self, *, hold: timedelta) -> "Batch | None":
        """A batch that is due, ours for `hold`, with its new fence; None when there is none."""
        for pk, fence in self.due().values_list("pk", "fence")[:5]:
            if self.held(pk, fence).due().update(fence=fence + 1, due_at=Now() + hold):
                return self.get(pk=pk)
        return None

    def held(self, pk: UUID, fence: int) -> Self:
        """The batch, unless somebody else has taken it since."""
        return self.filter(pk=pk, fence=fence)

    def with_figures(self) -> Self:
        """With `items_count`, `done_count` and `cost_usd`."""
        return self.annotate(
            items_count=Count("items"),
            done_count=Count(Case(When(~Q(items__outcome=ItemOutcome.PENDING), then=1))),
            cost_usd=Coalesce(Sum("items__usage__cost_usd"), 0, output_field=models.DecimalField()),
        )


class Batch(models.Model):
    """`request_count` is how many were handed in; a prompt of the site's own may have lost its chat before."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    person = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="batches")
    purpose = models.CharField(max_length=16, choices=Purpose)
    file_name = models.CharField(max_length=FILE_NAME_LENGTH, blank=True)
    model = models.CharField(max_length=64)
    max_tokens = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=BatchState, default=BatchState.DRAFT)
    reason = models.CharField(max_length=32, blank=True)  # what went wrong last, in the contract's words
    upstream_id = models.CharField(max_length=128, blank=True)
    request_count = models.PositiveIntegerField(default=0)
    readings = models.PositiveSmallIntegerField(default=0)  # of results that were not whole
    fence = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(db_default=Now())  # when somebody is to look at it next
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = "batch"
        verbose_name_plural = "batches"
        constraints = (
            models.UniqueConstraint(
                fields=["upstream_id"], condition=~Q(upstream_id=""), name="one_batch_for_each_at_the_api"
            ),
        )
        indexes = (models.Index(fields=["due_at"], condition=Q(state__in=ACTIVE), name="batches_to_look_at"),)

    def __str__(self) -> str:
        return f"batch {self.pk}"

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE

    @property
    def is_of_site(self) -> bool:
        return self.purpose in OF_THE_SITE


class BatchItemQuerySet(models.QuerySet["BatchItem"]):
    def pending(self) -> Self:
        return self.filter(outcome=ItemOutcome.PENDING)

    def in_order(self) -> Self:
        return self.order_by("number")

    def end_rest(self, outcome: ItemOutcome, reason: str = "") -> int:
        """Those that are still waiting, with nothing in the ledger; how many it were."""
        return self.pending().update(outcome=outcome, reason=reason)


class BatchItem(models.Model):
    """One prompt. What the site asks for itself names its row instead, and has no words of its own here.

    `usage` is its row of the ledger: an item has one at most, and only what was handed in has one.
    """

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="items")
    number = models.PositiveIntegerField()  # from 1, in the order of the file
    key = models.CharField(max_length=KEY_LENGTH, blank=True)  # the person's own name for it
    system = models.TextField(blank=True)
    prompt = models.TextField(blank=True)
    refusal = models.ForeignKey(RefusalEvent, on_delete=models.SET_NULL, null=True, related_name="batch_items")
    conversation = models.ForeignKey(Conversation, on_delete=models.SET_NULL, null=True, related_name="batch_items")
    outcome = models.CharField(max_length=9, choices=ItemOutcome, default=ItemOutcome.PENDING)
    answer = models.TextField(blank=True)
    stop_reason = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=32, blank=True)  # what went wrong, in the contract's words
    usage = models.OneToOneField(UsageEntry, on_delete=models.SET_NULL, null=True, related_name="batch_item")

    objects = BatchItemQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["batch", "number"], name="one_item_for_each_number"),
            models.UniqueConstraint(
                fields=["refusal"], condition=Q(outcome=ItemOutcome.PENDING), name="one_waiting_label_of_a_refusal"
            ),
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(outcome=ItemOutcome.PENDING), name="one_waiting_title_of_a_chat"
            ),
        )

    def __str__(self) -> str:
        return f"item {self.number} of {self.batch_id}"


class NightlyBatchQuerySet(models.QuerySet["NightlyBatch"]):
    def take(self, purpose: Purpose, *, next_at: datetime) -> bool:
        """Whether it is the caller's turn to make tonight's batch; it is nobody else's before `next_at`."""
        return self.filter(pk=purpose, is_on=True, due_at__lte=Now()).update(due_at=next_at) == 1

    def is_on(self, purpose: Purpose) -> bool:
        return self.filter(pk=purpose, is_on=True).exists()


class NightlyBatch(models.Model):
    """The owner's switch for a batch that the site makes each night by itself; without a row it is off."""

    purpose = models.CharField(max_length=16, choices=Purpose, primary_key=True)
    is_on = models.BooleanField(default=False)
    due_at = models.DateTimeField()

    objects = NightlyBatchQuerySet.as_manager()

    def __str__(self) -> str:
        return f"nightly {self.purpose}"


def item_number(name: str, batch_id: UUID) -> int | None:
    """The number of the item that was handed in under this name; None for a name that is none of this batch's."""
    own, _, number = name.partition("-")
    return int(number) if own == batch_id.hex and number.isdecimal() and len(number) < 10 else None


def item_name(item: BatchItem) -> str:
    """What it is called at the API: from it alone one can tell whose it is."""
    return f"{item.batch_id.hex}-{item.number}"
