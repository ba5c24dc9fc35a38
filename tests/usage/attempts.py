"""Attempts for the ledger: as the gateway reports them, booked for a person at a time of the test's choosing."""

from contextlib import nullcontext
from datetime import UTC, datetime
from unittest.mock import patch

from django.db import transaction

from conversations.claude.events import AttemptEnded, Refused, Terms, TokenCounts
from conversations.models import Conversation, RefusalEvent, Rollup, Turn, UsageEntry, User
from conversations.models.usage import Purpose
from conversations.usage.ledger import book

OPUS, SONNET, HAIKU = "claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"
BEGAN_AT = datetime(2026, 11, 10, 12, tzinfo=UTC)


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
    began_at: datetime = BEGAN_AT,
    terms: Terms = Terms(),  # noqa: B008  (frozen)
    number: int = 1,
) -> AttemptEnded:
    return AttemptEnded(
        number=number,
        began_at=began_at,
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
        terms=terms,
    )


def booked(
    person: User | None,
    ended: AttemptEnded | None = None,
    *,
    at: datetime | None = None,
    conversation: Conversation | None = None,
    turn: Turn | None = None,
    refused: Refused | None = None,
    purpose: Purpose = Purpose.ANSWER,
) -> UsageEntry:
    with transaction.atomic(), patch("django.utils.timezone.now", return_value=at) if at else nullcontext():
        entry = book(
            ended or attempt(),
            person=person,
            conversation_id=conversation.pk if conversation else None,
            project_id=conversation.project_id if conversation else None,
            turn=turn,
            refused=refused,
            purpose=purpose,
        )
    return UsageEntry.objects.get(pk=entry.pk)


def forget_the_ledger() -> None:
    """What no code of the site can do."""
    RefusalEvent.objects.all().delete()
    UsageEntry._base_manager.all().delete()
    Rollup.objects.all().delete()
