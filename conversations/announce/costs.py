"""What an answer took, as its page shows it on demand: all in all, and each request when there were several."""

from collections.abc import Sequence
from decimal import Decimal

from conversations.announce.views import CostView, RequestView
from conversations.claude import catalogue
from conversations.models import Purpose, UsageEntry

ENDS = {"refusal": "Declined", "tool_use": "Asked for tools", "pause_turn": "Paused"}


def cost_view(attempts: Sequence[UsageEntry]) -> CostView | None:
    """Tools' rounds, failed attempts and what the site asked for beside the answer all count."""
    if not attempts:
        return None
    return CostView(
        prompt_tokens=sum(attempt.prompt_tokens for attempt in attempts),
        output_tokens=sum(attempt.output_tokens for attempt in attempts),
        cost_usd=sum((attempt.cost_usd for attempt in attempts), start=Decimal(0)),
        duration_ms=sum(attempt.duration_ms for attempt in attempts),
        estimated=any(attempt.estimated for attempt in attempts),
        web_searches=sum(attempt.web_searches for attempt in attempts),
        requests=tuple(map(_request, attempts)),
    )


def _request(attempt: UsageEntry) -> RequestView:
    return RequestView(
        what=_what(attempt),
        model_name=catalogue.card(attempt.answered_model or attempt.asked_model).short_name,
        prompt_tokens=attempt.prompt_tokens,
        output_tokens=attempt.output_tokens,
        cost_usd=attempt.cost_usd,
        duration_ms=attempt.duration_ms,
        billed=attempt.billed,
    )


def _what(attempt: UsageEntry) -> str:
    if attempt.purpose != Purpose.ANSWER:
        return Purpose(attempt.purpose).label
    if attempt.reason:
        return attempt.reason.replace("_", " ").capitalize()
    return ENDS.get(attempt.stop_reason, "Answer")
