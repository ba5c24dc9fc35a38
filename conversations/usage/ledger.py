"""The ledger's only writer: one row per attempt, and one refusal event where Claude declined."""

from dataclasses import asdict
from decimal import Decimal
from typing import Any
from uuid import UUID

from conversations.claude.events import AttemptEnded, Refused
from conversations.claude.price_list import ASSUMED
from conversations.models import Batch, RefusalEvent, Turn, UsageEntry, User
from conversations.models.people import pseudonym_of
from conversations.models.usage import Purpose
from conversations.roster.prices import InForce, price_at
from conversations.usage.budgets import charge, uses_to_charge
from conversations.usage.pricing import Reckoning, reckoned
from conversations.usage.rollups import add_up

WORD_LENGTH = 64  # of ids and words from upstream, as the columns keep them
REASON_LENGTH = 32
COST_PLACE = Decimal(1).scaleb(-10)  # what the column keeps; only factors of the terms reach beyond it


def book(
    attempt: AttemptEnded,
    *,
    person: User | None,
    conversation_id: UUID | None,
    project_id: int | None,
    turn: Turn | None,
    refused: Refused | None,
    purpose: Purpose = Purpose.ANSWER,
    batch: Batch | None = None,
    former_id: int | None = None,
) -> UsageEntry:
    """Write down one attempt. Call it in the transaction that saves what came of it.

    Priced by the model that answered, or the one that was asked when none did, as of when it was asked. An attempt
    that is not billed costs nothing, though its tokens are kept: the vendor reports tokens for free refusals too.
    `project_id` is of the project that the conversation belongs to now, `former_id` of the person who asked, where they
    were deleted before Claude had answered.
    """
    in_force = price_at(_word(attempt.answered_model or attempt.asked_model), attempt.began_at)
    cost = reckoned(attempt.tokens, in_force.price, attempt.terms)
    uses = uses_to_charge(person, turn)
    entry = UsageEntry.objects.create(
        person=person,
        pseudonym=person.pseudonym if person else pseudonym_of(former_id) if former_id else "",
        group_id=person.group_id if person else None,
        project_id=project_id,
        conversation_id=conversation_id,
        turn=turn,
        purpose=purpose,
        cost_usd=cost.usd.quantize(COST_PLACE) if attempt.billed else Decimal(0),
        cache_saved_usd=cost.cache_saved_usd.quantize(COST_PLACE) if attempt.billed else Decimal(0),
        price=_price(cost, in_force),
        price_version=in_force.row,
        **_facts(attempt),
    )
    charge(uses, entry, batch=batch)
    add_up(entry, is_refusal=refused is not None)
    if refused is not None:
        _record_refusal(entry, refused)
    return entry


def _facts(attempt: AttemptEnded) -> dict[str, Any]:
    tokens = {f"{name}_tokens": count for name, count in asdict(attempt.tokens).items() if name != "web_searches"}
    return tokens | {
        "attempt": attempt.number,
        "asked_model": _word(attempt.asked_model),
        "answered_model": _word(attempt.answered_model),
        "web_searches": attempt.tokens.web_searches,
        "cache_miss_reason": _word(attempt.cache_miss.reason)[:REASON_LENGTH],
        "cache_missed_tokens": attempt.cache_miss.tokens,
        "stop_reason": _word(attempt.stop_reason),
        "reason": _word(attempt.reason)[:REASON_LENGTH],
        "request_id": _word(attempt.request_id),
        "first_token_ms": attempt.first_token_ms,
        "duration_ms": attempt.duration_ms,
        "billed": attempt.billed,
        "estimated": attempt.estimated,
    }


def _price(cost: Reckoning, in_force: InForce) -> dict[str, str]:
    return cost.written_down() | {
        "effective_from": in_force.price.effective_from.isoformat(),
        "source": ASSUMED if in_force.is_assumed else in_force.price.source,
    }


def _record_refusal(entry: UsageEntry, refused: Refused) -> None:
    RefusalEvent.objects.create(
        person=entry.person,
        conversation_id=entry.conversation_id,
        usage=entry,
        category=_word(refused.category or ""),
        explanation=_storable(refused.explanation or ""),
        model=entry.answered_model or entry.asked_model,
        after_text=refused.after_text,
    )


def _word(upstream: str) -> str:
    return _storable(upstream)[:WORD_LENGTH]


def _storable(upstream: str) -> str:
    return upstream.replace("\0", "")  # PostgreSQL refuses it, and the turn could not end
