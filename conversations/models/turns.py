"""Turns and their journal: the rows are the queue, and the journal is what people have seen."""

from collections.abc import Iterable
from typing import Self

from django.db import connection, models
from django.db.models import Q
from django.utils import timezone

from conversations.models.conversations import Conversation
from conversations.models.messages import Message
from conversations.models.people import User


class TurnStatus(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETE = "complete"
    STOPPED = "stopped"
    REFUSED = "refused"
    FAILED = "failed"


ACTIVE = (TurnStatus.QUEUED, TurnStatus.RUNNING)


class TurnQuerySet(models.QuerySet["Turn"]):
    def active(self) -> Self:
        return self.filter(status__in=ACTIVE)

    def queued(self) -> Self:
        return self.filter(status=TurnStatus.QUEUED).order_by("pk")

    def claim(self, turn_id: int) -> bool:
        """Whether this worker won the turn."""
        claimed = self.filter(pk=turn_id, status=TurnStatus.QUEUED)
        return claimed.update(status=TurnStatus.RUNNING, started_at=timezone.now()) == 1

    def end(self, turn_id: int, *, status: TurnStatus) -> bool:
        """Whether this call ended the turn; an ended turn stays as it ended."""
        return self.filter(pk=turn_id, status__in=ACTIVE).update(status=status, ended_at=timezone.now()) == 1


class Turn(models.Model):
    """One question answered once."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="turns")
    question = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="turns_asked")
    answer = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="turn")
    asked_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="turns")
    client_id = models.UUIDField()  # the browser's name for the send; makes a repeated one harmless
    draft_digest = models.CharField(max_length=64)  # of what was sent, to tell a repeat from a conflict
    model = models.CharField(max_length=64)  # who was asked
    status = models.CharField(max_length=8, choices=TurnStatus, default=TurnStatus.QUEUED)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    stop_requested_at = models.DateTimeField(null=True, blank=True)
    # What Claude said when the answer began (model, request id, tokens by class): all that the ledger has to go by
    # when the process dies before the answer's end.
    began = models.JSONField(null=True, blank=True)
    # The newest wait for another attempt: `reason`, `until` (ISO 8601), and `next_model`, "" for the same one.
    wait = models.JSONField(null=True, blank=True)

    objects = TurnQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["asked_by", "client_id"], name="one_turn_per_send"),
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(status__in=ACTIVE), name="one_active_turn_per_conversation"
            ),
        )
        indexes = (
            # The worker looks for queued turns, oldest first; almost every row has ended.
            models.Index(fields=["status", "id"], condition=Q(status__in=ACTIVE), name="active_turns"),
        )

    def __str__(self) -> str:
        return f"turn {self.pk}"

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE


class TurnEventQuerySet(models.QuerySet["TurnEvent"]):
    def append(self, rows: Iterable[tuple[int, int, str, str]]) -> None:
        """Turn, block index, block type and text of each row; in plain SQL, since it runs at every tick."""
        table = connection.ops.quote_name(self.model._meta.db_table)
        sql = f"INSERT INTO {table} (turn_id, block_index, block_type, text) VALUES (%s, %s, %s, %s)"  # noqa: S608
        with connection.cursor() as cursor:
            cursor.executemany(sql, list(rows))


class TurnEvent(models.Model):
    """The journal: new text of one block of a running turn, in order. Gone when the turn has ended."""

    turn = models.ForeignKey(Turn, on_delete=models.CASCADE, related_name="journal")
    block_index = models.PositiveSmallIntegerField()
    block_type = models.CharField(max_length=16)  # text or thinking
    text = models.TextField()

    objects = TurnEventQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=["turn", "id"], name="journal_in_order"),)

    def __str__(self) -> str:
        return f"journal of turn {self.turn_id}"
