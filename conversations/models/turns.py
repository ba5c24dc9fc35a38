"""Turns and their journal: the rows are the queue, and the journal is what people have seen.

A running turn belongs to the worker that claimed it for as long as it renews its lease. The `fence` grows with each
claim, each taking over and each return to the line. Whoever writes for the turn names the fence that it knows, so a
worker that was away too long finds another number and writes nothing. Leases go by the clock of the database: a worker
whose own is wrong does no harm.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any, NamedTuple, Self
from uuid import UUID

from django.conf import settings
from django.db import connection, models
from django.db.models import F, Func, Q, Subquery
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

from conversations.models.conversations import Conversation
from conversations.models.messages import Block, Message
from conversations.models.people import User

CITATIONS = "citations"  # the kind of what is in the journal beside the words of a block
THOUGHT = "thought"  # the same for how long a block of thinking took, in milliseconds
BLOCK = "block"  # the same for a whole block that is neither text nor thinking
BESIDE = (CITATIONS, THOUGHT)  # what the words of a block come before


class TurnStatus(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETE = "complete"
    STOPPED = "stopped"
    REFUSED = "refused"
    FAILED = "failed"


ACTIVE = (TurnStatus.QUEUED, TurnStatus.RUNNING)


# As the condition of the partial indexes: SQLite takes one only where it finds that very condition, in words and not in
# parameters. Without it, each look of each worker would read all turns that there ever were.
IS_ACTIVE = Func(F("status"), template="%(expressions)s IN ('queued', 'running')", output_field=models.BooleanField())


class Waiting(NamedTuple):
    """A queued turn, as it stands in the line."""

    pk: int
    model: str
    fence: int


class TurnQuerySet(models.QuerySet["Turn"]):
    def active(self) -> Self:
        return self.filter(IS_ACTIVE)

    def queued(self) -> Self:
        return self.filter(IS_ACTIVE, status=TurnStatus.QUEUED)

    def line(self, at_most: int | None = None, *, besides: Sequence[str] = ()) -> list[Waiting]:
        """The queued turns, in the order in which they are claimed: fair between people. `besides` those of models.

        First whoever has the fewest turns running, counting those of their own that stand before. Among equals the
        oldest turn; but when somebody's turn is claimed, their next one lines up behind all that were there by then,
        so that even two people with fifty questions each let a third one through.
        """
        limit = "" if at_most is None else f"LIMIT {at_most:d}"
        but = f"AND model NOT IN ({', '.join(['%s'] * len(besides))})" if besides else ""
        with connection.cursor() as cursor:
            cursor.execute(f"{_line_sql(connection.ops.quote_name(self.model._meta.db_table), but)} {limit}", besides)
            return [Waiting(*row) for row in cursor.fetchall()]

    def overdue(self) -> Self:
        """Queued for so long that nobody should wait any more."""
        return self.queued().filter(created_at__lt=Now() - timedelta(seconds=settings.TURN_QUEUE_S))

    def unwelcome(self) -> Self:
        """Active turns of people who may not sign in any more, which nobody has stopped yet."""
        return self.active().filter(asked_by__is_active=False, stop_requested_at=None)

    def running(self) -> Self:
        return self.filter(IS_ACTIVE, status=TurnStatus.RUNNING)

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

    def claim(self, turn_id: int, fence: int = 0) -> int | None:
        """The fence of the queued turn, now ours; None when somebody else won it."""
        newest = Turn.objects.order_by("-pk").values("pk")[:1]
        facts = {"status": TurnStatus.RUNNING, "started_at": Now(), "claimed_after": Subquery(newest)}
        return self.queued()._take(turn_id, fence, **facts)

    def put_back(self, turn_id: int, fence: int, **changes: Any) -> bool:
        """Whether the running turn stands in the line again, where it stood before it was claimed."""
        unclaimed = {"status": TurnStatus.QUEUED, "started_at": None, "claimed_after": None, "lease_until": None}
        mine = self.running().filter(pk=turn_id, fence=fence, stop_requested_at=None)
        return mine.update(fence=fence + 1, **unclaimed, **changes) == 1

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


def _line_sql(table: str, but: str = "") -> str:
    """`but` narrows down which turns stand in it. With IS_ACTIVE wherever turns are looked for."""
    largest = "MAX" if connection.vendor == "sqlite" else "GREATEST"
    return f"""
        WITH waiting AS (
            SELECT asked_by_id AS person, SUM(CASE WHEN status = 'running' THEN 1 ELSE 0 END) AS running
            FROM {table} WHERE status IN ('queued', 'running')
            GROUP BY asked_by_id HAVING SUM(CASE WHEN status = 'queued' THEN 1 ELSE 0 END) > 0
        ), served AS MATERIALIZED (
            SELECT person, running, (SELECT MAX(claimed_after) FROM {table} WHERE asked_by_id = person) AS behind
            FROM waiting
        ), people AS MATERIALIZED (
            SELECT person, running, behind,
                (SELECT MAX(started_at) FROM {table} WHERE asked_by_id = person AND claimed_after = behind) AS served_at
            FROM served
        )
        SELECT id, model, fence FROM {table} JOIN people ON person = asked_by_id
        WHERE status = 'queued' AND status IN ('queued', 'running') {but}
        ORDER BY running + ROW_NUMBER() OVER (PARTITION BY asked_by_id ORDER BY id),
            {largest}(id, COALESCE(behind, 0)), served_at IS NOT NULL, served_at, id"""  # noqa: S608


def lease_end() -> CombinedExpression:
    """TURN_LEASE_S from now, by the clock of the database."""
    return Now() + timedelta(seconds=settings.TURN_LEASE_S)


class Turn(models.Model):
    """One question answered once."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="turns")
    question = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="turns_asked")
    answer = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="turn")
    # Without an index of its own: two of those below begin with it.
    asked_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="turns", db_index=False)
    client_id = models.UUIDField()  # the browser's name for the send; makes a repeated one harmless
    draft_digest = models.CharField(max_length=64)  # of what was sent, to tell a repeat from a conflict
    model = models.CharField(max_length=64)  # who was asked
    route = models.CharField(max_length=40, blank=True, default="", db_default="")  # why best fit chose it
    effort = models.CharField(max_length=8, blank=True, default="", db_default="")  # what its rule asks for
    is_budgeted = models.BooleanField(default=False, db_default=False)  # whether it has reserved from budgets
    # Whom the person chose, where a budget had a cheaper one asked.
    spared = models.CharField(max_length=64, blank=True, default="", db_default="")
    status = models.CharField(max_length=8, choices=TurnStatus, default=TurnStatus.QUEUED)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    stop_requested_at = models.DateTimeField(null=True, blank=True)
    claimed_after = models.PositiveBigIntegerField(null=True, editable=False)  # the newest turn that there was then
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    # What Claude said when the answer began (model, request id, tokens by class): all that the ledger has to go by
    # when the process dies before the answer's end.
    began = models.JSONField(null=True, blank=True)
    # The request to Claude that went out last; the first one goes out when the turn is claimed.
    attempt = models.PositiveSmallIntegerField(default=1, db_default=1)
    # Why the answer does not come yet, as windows were told. Of a running turn the newest wait for another attempt:
    # `reason`, `until` (ISO 8601), and `next_model`, "" for the same one. Of a queued one the same with "rate_limited",
    # or `reason` is "queued", with the number of questions `ahead`, or "no_worker".
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
            # The workers look for queued turns, and at how many their people have running; almost every row has ended.
            models.Index(fields=["status", "asked_by", "id"], condition=Q(status__in=ACTIVE), name="line_of_turns"),
            models.Index(fields=["asked_by", "claimed_after", "started_at"], name="newest_claim_of_a_person"),
        )

    def __str__(self) -> str:
        return f"turn {self.pk}"

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE


class TurnEventQuerySet(models.QuerySet["TurnEvent"]):
    def append(self, rows: Iterable[tuple[int, int, int, str, str]]) -> None:
        """Turn, number, block index, block type and text of each row; in plain SQL, since it runs at every tick.

        A row whose number the turn has already is one that was saved without our hearing of it.
        """
        table = connection.ops.quote_name(self.model._meta.db_table)
        columns = "turn_id, number, block_index, block_type, text"
        sql = f"INSERT INTO {table} ({columns}) VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"  # noqa: S608
        with connection.cursor() as cursor:
            cursor.executemany(sql, list(rows))

    def blocks(self) -> list[tuple[int, Block]]:
        """What has arrived of each block, with its index."""
        texts: dict[tuple[int, str], list[str]] = {}
        for index, kind, text in self.order_by("pk").values_list("block_index", "block_type", "text"):
            texts.setdefault((index, kind), []).append(text)
        blocks: dict[int, Block] = {}
        for (index, kind), pieces in sorted(texts.items(), key=lambda item: (item[0][0], item[0][1] in BESIDE)):
            if kind == BLOCK:
                blocks[index] = json.loads("".join(pieces))
            elif kind not in BESIDE:
                blocks[index] = {"type": kind, kind: "".join(pieces)}
            elif kind == THOUGHT and index in blocks:
                blocks[index]["duration_ms"] = int(pieces[0])
            elif index in blocks:
                blocks[index]["citations"] = [json.loads(line) for line in "".join(pieces).splitlines()]
        return sorted(blocks.items())


class TurnEvent(models.Model):
    """The journal: new text of one block of a running turn, or a line of JSON for each of its citations, in order,
    the time that a block of thinking took, or a whole block of another kind as JSON.

    Gone when the turn has ended.
    """

    # Without an index of its own: the constraint's begins with it.
    turn = models.ForeignKey(Turn, on_delete=models.CASCADE, related_name="journal", db_index=False)
    number = models.PositiveIntegerField(null=True)  # within the turn, as its process counts; older rows have none
    block_index = models.PositiveSmallIntegerField()
    block_type = models.CharField(max_length=16)  # text, thinking, CITATIONS, THOUGHT or BLOCK
    text = models.TextField()

    objects = TurnEventQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["turn", "number"], name="journal_without_repeats"),)

    def __str__(self) -> str:
        return f"journal of turn {self.turn_id}"


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    def alive(self) -> Self:
        return self.filter(until__gte=Now())

    def lapsed(self) -> Self:
        return self.filter(until__lt=Now())

    def beat(self, worker_id: UUID, *, key_number: int = 1) -> None:
        beat = Heartbeat(pk=worker_id, until=lease_end(), key_number=key_number)
        self.bulk_create([beat], update_conflicts=True, unique_fields=["id"], update_fields=["until", "key_number"])


class Heartbeat(models.Model):
    """The sign of life of one worker, renewed as often as its leases; for whoever watches the site."""

    id = models.UUIDField(primary_key=True)
    until = models.DateTimeField()
    key_number = models.PositiveSmallIntegerField(default=1, db_default=1)  # which of the site's keys it uses

    objects = HeartbeatQuerySet.as_manager()

    def __str__(self) -> str:
        return f"worker {self.pk}"
