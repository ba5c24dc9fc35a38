"""Ended attempts into the ledger, and what they tell of our access to Claude and its limits."""

from collections.abc import Sequence

from conversations.claude.events import AttemptEnded, Refused
from conversations.models import Turn, UsageEntry, User
from conversations.turns import circuit, governor
from conversations.usage.ledger import book


def book_ended(
    attempts: Sequence[AttemptEnded],
    person: User | None,
    turn: Turn | None,
    refused: Refused | None = None,
    *,
    former_id: int | None = None,
) -> list[UsageEntry]:
    """Call it in the transaction that saves what came of them. `turn` comes with its conversation, and is None when
    it is gone with it.

    When the answer to a commit is lost, nobody knows whether it was booked: it is tried again, and the rows that are
    there stand.
    """
    circuit.learn(attempts)
    governor.learn(attempts)
    there = _booked(turn, attempts) if turn else {}
    return [
        there.get(attempt.number)
        or book(
            attempt,
            person=person,
            conversation_id=turn.conversation_id if turn else None,
            project_id=turn.conversation.project_id if turn else None,
            turn=turn,
            refused=refused if attempt.stop_reason == "refusal" else None,
            former_id=former_id,
        )
        for attempt in attempts
    ]


def _booked(turn: Turn, attempts: Sequence[AttemptEnded]) -> dict[int, UsageEntry]:
    """By their number."""
    entries = UsageEntry.objects.booked_for(turn.pk, [attempt.number for attempt in attempts])
    return {entry.attempt: entry for entry in entries}
