"""Attempts for the ledger: as the gateway reports them, booked for a person at a time of the test's choosing."""

from datetime import datetime

from conversations.claude.events import AttemptEnded, Refused, TokenCounts
from conversations.models import Conversation, RefusalEvent, Turn, UsageEntry, User
from conversations.usage.ledger import book

OPUS, SONNET, HAIKU = "claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"


def attempt(
    tokens: TokenCounts = TokenCounts(input=1000, output=500),  # noqa: B008  (frozen)
    *,
    model: str = OPUS,
    answered_model: str | None = None,
    stop_reason: str = "end_turn",
    reason: str = "",
    billed: bool = True,
    estimated: bool = False,
    request_id: str = "req_1",
) -> AttemptEnded:
    return AttemptEnded(
        number=1,
        asked_model=model,
        answered_model=model if answered_model is None else answered_model,
        request_id=request_id,
        tokens=tokens,
        stop_reason=stop_reason,
        first_token_ms=300,
        duration_ms=2000,
        billed=billed,
        estimated=estimated,
        reason=reason,
    )


def booked(
    person: User | None,
    ended: AttemptEnded | None = None,
    *,
    at: datetime | None = None,
    conversation: Conversation | None = None,
    turn: Turn | None = None,
    refused: Refused | None = None,
) -> UsageEntry:
    entry = book(ended or attempt(), person=person, conversation=conversation, turn=turn, refused=refused)
    if at is not None:
        UsageEntry.objects.filter(pk=entry.pk).update(at=at)
        RefusalEvent.objects.filter(usage=entry).update(at=at)
    return UsageEntry.objects.get(pk=entry.pk)
