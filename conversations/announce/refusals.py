"""What the card of a refusal shows."""

from collections.abc import Sequence

from conversations.announce.views import RefusalView
from conversations.models import RefusalEvent, UsageEntry


def refusal_of(attempts: Sequence[UsageEntry]) -> RefusalView | None:
    """That of the last one that declined. Only those that did are asked for their event."""
    declined = [attempt for attempt in attempts if attempt.stop_reason == "refusal" and hasattr(attempt, "refusal")]
    return refusal_view(declined[-1].refusal, declined[-1]) if declined else None


def refusal_view(event: RefusalEvent, usage: UsageEntry) -> RefusalView:
    return RefusalView(
        category=event.category,
        explanation=event.explanation,
        billed=usage.billed,
        cost_usd=usage.cost_usd,
        is_reported=event.reported_at is not None,
        note=event.report_note,
    )
