"""The end of a turn: one transaction for content, ledger, refusal and status. Whoever ends it first, wins."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from conversations.announce.sender import message_settled, send
from conversations.announce.thread import load_answer
from conversations.claude.events import AttemptEnded, Refused
from conversations.models import Conversation, Message, State, Turn, TurnStatus, User
from conversations.models.messages import Block
from conversations.turns import circuit
from conversations.turns.progress import Progress
from conversations.usage.ledger import book

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
    attempts: Sequence[AttemptEnded]
    refused: Refused | None
    model: str  # who answered, "" when nobody did

    @classmethod
    def of(cls, progress: Progress) -> "Ending":
        return cls(
            status=progress.status,
            reason=progress.reason,
            advice=progress.error.advice if progress.error and progress.status == TurnStatus.FAILED else "",
            content=progress.content,
            attempts=progress.attempts,
            refused=progress.refused,
            model=progress.began.model if progress.began else "",
        )


def finish(turn_id: int, ending: Ending, *, fence: int, person_id: int | None = None) -> bool:
    """Whether this call ended the turn: not when it has another fence by now. Windows are told after the commit.

    `person_id` pays when the turn was deleted with its conversation: what it cost is booked all the same.
    """
    turn = Turn.objects.select_related("asked_by", "conversation").filter(pk=turn_id).first()
    if turn is None:
        _book(ending, User.objects.filter(pk__in=[person_id]).first(), None)
        return False
    with transaction.atomic():
        if not Turn.objects.end(turn.pk, fence=fence, status=ending.status):
            return False
        revision = _save(turn, ending)
    _announce(turn.conversation_id, turn.answer_id, revision)
    return True


def _save(turn: Turn, ending: Ending) -> int:
    Message.objects.filter(pk=turn.answer_id).update(
        state=STATES[ending.status],
        reason=ending.reason,
        advice=ending.advice,
        content=ending.content,
        model=ending.model or turn.model,
        ended_at=timezone.now(),
    )
    _book(ending, turn.asked_by, turn)
    turn.journal.all().delete()
    return Conversation.objects.advance([turn.conversation_id])[turn.conversation_id]


def _book(ending: Ending, person: User | None, turn: Turn | None) -> None:
    circuit.learn(ending.attempts)
    for attempt in ending.attempts:
        refused = ending.refused if attempt.stop_reason == "refusal" else None
        book(attempt, person=person, conversation=turn.conversation if turn else None, turn=turn, refused=refused)


def _announce(conversation_id: UUID, answer_id: int, revision: int) -> None:
    send(conversation_id, revision, message_settled(load_answer(answer_id)))
