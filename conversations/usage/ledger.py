"""The ledger's only writer: one row per attempt, and one refusal event where Claude declined."""

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from conversations.claude.catalogue import PRICES_AS_OF, PRICES_SOURCE, USD_PER_WEB_SEARCH, Rates, card, rates_for
from conversations.claude.events import AttemptEnded, Refused
from conversations.models import Conversation, RefusalEvent, Turn, UsageEntry, User
from conversations.usage.pricing import cost_usd

WORD_LENGTH = 64  # of ids and words from upstream, as the columns keep them
REASON_LENGTH = 32


def book(
    attempt: AttemptEnded,
    *,
    person: User | None,
    conversation: Conversation | None,
    turn: Turn | None,
    refused: Refused | None,
) -> UsageEntry:
    """Write down one attempt. Call it in the transaction that ends the turn.

    Priced by the model that answered, or the one that was asked when none did. An attempt that is not billed costs
    nothing, though its tokens are kept: the vendor reports tokens for free refusals too.
    """
    model = card(attempt.answered_model or attempt.asked_model)
    rates = rates_for(model, attempt.tokens.prompt)
    entry = UsageEntry.objects.create(
        person=person,
        person_name=person.get_username() if person else "",
        conversation=conversation,
        turn=turn,
        cost_usd=cost_usd(attempt.tokens, rates) if attempt.billed else Decimal(0),
        price=_price(rates, source=PRICES_SOURCE if model.is_known else "assumed"),
        **_facts(attempt),
    )
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
        "stop_reason": _word(attempt.stop_reason),
        "reason": _word(attempt.reason)[:REASON_LENGTH],
        "request_id": _word(attempt.request_id),
        "first_token_ms": attempt.first_token_ms,
        "duration_ms": attempt.duration_ms,
        "billed": attempt.billed,
        "estimated": attempt.estimated,
    }


def _price(rates: Rates, *, source: str) -> dict[str, str]:
    """The price as it was, so that a row can be checked when the catalogue has moved on."""
    return {name: str(usd) for name, usd in asdict(rates).items()} | {
        "usd_per_web_search": str(USD_PER_WEB_SEARCH),
        "as_of": PRICES_AS_OF.isoformat(),
        "source": source,
    }


def _record_refusal(entry: UsageEntry, refused: Refused) -> None:
    RefusalEvent.objects.create(
        person=entry.person,
        conversation=entry.conversation,
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
