"""The end of a turn: one transaction for content, ledger, refusal and status. Whoever ends it first, wins."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import DatabaseError, connections, transaction
from django.utils import timezone

from conversations.announce.sender import message_settled, send
from conversations.announce.thread import Streams, ended_answer
from conversations.claude.events import AttemptEnded, Refused
from conversations.models import Conversation, State, Turn, TurnStatus, UsageEntry, User
from conversations.models.messages import Block
from conversations.turns.booking import book_ended
from conversations.turns.progress import Progress
from conversations.usage.budgets import release

log = logging.getLogger(__name__)

RESTARTED = "The server was restarted while Claude was answering. What had arrived is kept."
STATES = {
    TurnStatus.COMPLETE: State.COMPLETE,
    TurnStatus.STOPPED: State.STOPPED,
    TurnStatus.REFUSED: State.REFUSED,
    TurnStatus.FAILED: State.FAILED,
}


@dataclass(frozen=True, slots=True)
class Ending:
    """How a turn ended and what is left of it."""

    status: TurnStatus
    reason: str
    advice: str
    content: list[Block]
    attempts: Sequence[AttemptEnded]  # those that are not in the ledger yet
    refused: Refused | None
    model: str  # who answered, "" when nobody did
    upstream_id: str = ""  # what Claude called the answer

    @classmethod
    def of(cls, progress: Progress) -> "Ending":
        return cls(
            status=progress.status,
            reason=progress.reason,
            advice=progress.error.advice if progress.error and progress.status == TurnStatus.FAILED else "",
            content=progress.content,
            attempts=tuple(progress.unbooked),
            refused=progress.refused,
            model=progress.began.model if progress.began else "",
            upstream_id=progress.began.message_id if progress.began else "",
        )


@dataclass(frozen=True, slots=True)
class Ended:
    """A turn that has just ended, its attempts, and the revision with which its windows are to be told."""

    turn: Turn
    booked: list[UsageEntry]
    revision: int


def finish(turn_id: int, ending: Ending, *, fence: int) -> bool:
    """Whether this call ended the turn: not when it has another fence by now. Windows are told after the commit."""
    ended = end(turn_id, ending, fence=fence)
    if ended:
        tell(ended, {})
    return ended is not None


def end(turn_id: int, ending: Ending, *, fence: int, person_id: int | None = None) -> Ended | None:
    """None when somebody else ended it. Windows are not told yet.

    `person_id` pays when the turn was deleted with its conversation: what it cost is booked all the same.
    """
    try:
        turn = Turn.objects.select_related("asked_by", "answer", "conversation").get(pk=turn_id)
    except Turn.DoesNotExist:
        _book_deleted(ending, person_id)
        return None
    with transaction.atomic():
        if not Turn.objects.end(turn.pk, fence=fence, status=ending.status):
            return None
        booked = _save(turn, ending)
        revision = Conversation.objects.advance_one(turn.conversation_id)
    return Ended(turn, booked, revision)


def tell(ended: Ended, streams: Streams) -> None:
    """The answer as it is now, as a whole. What `streams` rendered is not rendered again."""
    answer = ended_answer(ended.turn, ended.booked, streams)
    send(ended.turn.conversation_id, ended.revision, message_settled(answer))


def tell_apart(ended: Ended, streams: Streams) -> None:
    """The same in a thread that is not the writer's, and leaves no connection behind."""
    try:
        tell(ended, streams)
    except DatabaseError:
        log.exception("end not told", extra={"turn": ended.turn.pk})  # windows find out by looking
    finally:
        connections.close_all()


@transaction.atomic
def _book_deleted(ending: Ending, person_id: int | None) -> None:
    """All but what was booked by whoever had closed the turn before it was deleted."""
    names = [attempt.request_id for attempt in ending.attempts if attempt.request_id]
    booked = set(UsageEntry.objects.filter(request_id__in=names, turn=None).values_list("request_id", flat=True))
    left = [attempt for attempt in ending.attempts if attempt.request_id not in booked]
    person = User.objects.filter(pk__in=[person_id]).first()
    book_ended(left, person, None, ending.refused, former_id=person_id)


def _save(turn: Turn, ending: Ending) -> list[UsageEntry]:
    answer = turn.answer
    answer.state = STATES[ending.status]
    answer.reason = ending.reason
    answer.advice = ending.advice
    answer.content = ending.content
    answer.model = ending.model or turn.model
    answer.upstream_id = ending.upstream_id
    answer.ended_at = timezone.now()
    answer.save(update_fields=["state", "reason", "advice", "content", "model", "upstream_id", "ended_at"])
    turn.journal.all().delete()
    booked = book_ended(ending.attempts, turn.asked_by, turn, ending.refused)
    if turn.is_budgeted:
        release(turn=turn)
    return booked
