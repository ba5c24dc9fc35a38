"""Turns and their journal: the rows are the queue, and the journal is what people have seen.

A running turn belongs to the worker that claimed it for as long as it renews its lease. The `fence` is 0 while the turn
waits, and grows with each claim and each taking over. Whoever writes for the turn names the fence that it knows, so a
worker that was away too long finds another number and writes nothing. Leases go by the clock of the database: a worker
whose own is wrong does no harm.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.db import connection, models
from django.db.models import Q
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

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

    def running(self) -> Self:
        return self.filter(status=TurnStatus.RUNNING)

    def stale(self) -> Self:
        """Whose worker let its lease run out."""
        return self.running().filter(lease_until__lt=Now())

    def held(self, fences: Mapping[int, int]) -> Self:
        """Those of these turns, given with the fences they had, that nobody else has claimed or ended since."""
        by_fence: defaultdict[int, list[int]] = defaultdict(list)  # nearly always one
        for turn_id, fence in fences.items():
            by_fence[fence].append(turn_id)
        conditions = (Q(fence=fence, pk__in=turn_ids) for fence, turn_ids in by_fence.items())
        return self.active().filter(reduce(or_, conditions)) if by_fence else self.none()

    def hold(self, fences: Mapping[int, int]) -> set[int]:
        """The keys of those that are held, locked: nobody takes them over or ends them before this transaction is over.

        One statement of our own, since it comes with every tick. SQLite needs no lock: a transaction begins as the only
        writer there.
        """
        if not fences:
            return set()
        marks = ", ".join(["%s"] * len(fences))
        table = connection.ops.quote_name(self.model._meta.db_table)
        lock = connection.ops.for_update_sql(no_key=True) if connection.features.has_select_for_update else ""
        sql = f"SELECT id, fence FROM {table} WHERE status = %s AND id IN ({marks}) ORDER BY id {lock}"  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(sql, [TurnStatus.RUNNING, *fences])
            return {turn_id for turn_id, fence in cursor.fetchall() if fences[turn_id] == fence}

    def claim(self, turn_id: int) -> int | None:
        """The fence of the queued turn, now ours; None when somebody else won it."""
        return self.queued()._take(turn_id, 0, status=TurnStatus.RUNNING, started_at=Now())

    def take_over(self, turn_id: int, fence: int) -> int | None:
        """The new fence of a running turn that had this one, now ours; None when it is not in this set any more."""
        return self.running()._take(turn_id, fence)

    def _take(self, turn_id: int, fence: int, **changes: Any) -> int | None:
        taken = self.filter(pk=turn_id, fence=fence).update(fence=fence + 1, lease_until=lease_end(), **changes)
        return fence + 1 if taken else None

    def renew(self) -> int:
        """How many leases were renewed."""
        return self.update(lease_until=lease_end())

    def end(self, turn_id: int, *, fence: int, status: TurnStatus) -> bool:
        """Whether this call ended the turn; an ended turn stays as it ended."""
        return self.held({turn_id: fence}).update(status=status, ended_at=Now()) == 1


def lease_end() -> CombinedExpression:
    """TURN_LEASE_S from now, by the clock of the database."""
    return Now() + timedelta(seconds=settings.TURN_LEASE_S)


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
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
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


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    def alive(self) -> Self:
        return self.filter(until__gte=Now())

    def lapsed(self) -> Self:
        return self.filter(until__lt=Now())

    def beat(self, worker_id: UUID) -> None:
        beat = Heartbeat(pk=worker_id, until=lease_end())
        self.bulk_create([beat], update_conflicts=True, unique_fields=["id"], update_fields=["until"])


class Heartbeat(models.Model):
    """The sign of life of one worker, renewed as often as its leases; for whoever watches the site."""

    id = models.UUIDField(primary_key=True)
    until = models.DateTimeField()

    objects = HeartbeatQuerySet.as_manager()

    def __str__(self) -> str:
        return f"worker {self.pk}"
