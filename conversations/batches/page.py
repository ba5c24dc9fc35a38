"""What the page of a batch shows: where it stands in words, its numbers, its first items."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum

from conversations.batches.estimate import estimate_of
from conversations.models import Batch, BatchItem, BatchState, ItemOutcome

MOST_ROWS = 50  # on the page; the downloads have them all
MOST_WORDS = 160  # characters of a text
SENTENCES = {
    BatchState.DRAFT: "Nothing was sent yet. Look at the estimate, then confirm or discard it.",
    BatchState.QUEUED: "It is handed in within a few seconds.",
    BatchState.SENDING: "It was handed in, and the answer to that is missing. It is looked for at the API, and sent "
    "again only once it is certain that it is not there. When it is there, that shows once it has ended.",
    BatchState.RUNNING: "Claude works on it. Usually that takes less than an hour, and never more than a day.",
    BatchState.FAILED: "The API did not accept it. Nothing was charged, and your prompts are kept.",
}
NEXT_STEPS = {
    "invalid_request": "Look at the model and the longest answer, and begin anew with other ones if they may be why.",
    "model_not_found": "This model is not available. Begin anew with another one.",
    "too_long": "The file is too large for one batch. Cut it into several.",
    "unauthorized": "Claude does not accept this site's access. It tries again every few minutes; mend the key.",
    "billing": "Claude reports a problem with this site's payment. It tries again every few minutes.",
    "spend_limit": "This site has reached its spending limit for Claude. It tries again every few minutes.",
    "results_gone": "The API keeps results for 29 days and has none for it any more. Lost ones may have been charged.",
    "protocol": "Some results could not be read. Lost ones may have been charged.",
}
WITH_REASON = (ItemOutcome.ERRORED, ItemOutcome.LOST)  # the others say it themselves
TRIES_AGAIN = "The last attempt failed ({}). It tries again by itself."


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    key: str
    prompt: str
    outcome: str
    reason: str
    answer: str
    cost_usd: Decimal | None  # None while nobody knows


def batch_page(batch: Batch) -> dict[str, Any]:
    """The context of the page and of its fragment, which is the same while `mark` is."""
    counts = dict(batch.items.order_by().values_list("outcome").annotate(Count("pk")))
    total = sum(counts.values())
    done = total - counts.get(ItemOutcome.PENDING, 0)
    return {
        "batch": batch,
        "sentence": _sentence(batch),
        "next_step": _next_step(batch),
        "total": total,
        "done": done,
        "outcomes": [(label, counts[value]) for value, label in ItemOutcome.choices if counts.get(value)],
        "cost_usd": batch.items.aggregate(usd=Sum("usage__cost_usd"))["usd"] or Decimal(0),
        "estimate": estimate_of(batch) if batch.state == BatchState.DRAFT else None,
        "rows": [_row(item) for item in _first_items(batch)],
        "mark": f"{batch.state}.{batch.reason}.{bool(batch.cancel_requested_at)}.{done}",
    }


def _first_items(batch: Batch) -> list[BatchItem]:
    """None of the site's own, which have no words."""
    if batch.is_of_site:
        return []
    return list(batch.items.in_order().select_related("usage")[:MOST_ROWS])


def _row(item: BatchItem) -> Row:
    return Row(
        number=item.number,
        key=item.key,
        prompt=_shortened(item.prompt),
        outcome=ItemOutcome(item.outcome).label,
        reason=item.reason if item.outcome in WITH_REASON else "",
        answer=_shortened(item.answer),
        cost_usd=item.usage.cost_usd if item.usage else None,
    )


def _shortened(text: str) -> str:
    line = " ".join(text[: 4 * MOST_WORDS].split())
    return line if len(line) <= MOST_WORDS else f"{line[:MOST_WORDS].rstrip()}…"


def _sentence(batch: Batch) -> str:
    if batch.cancel_requested_at and batch.is_active:
        return "It is being cancelled. What Claude has answered already stays, and is paid for."
    return SENTENCES.get(BatchState(batch.state), "")


def _next_step(batch: Batch) -> str:
    if not batch.reason:
        return ""
    said = NEXT_STEPS.get(batch.reason, "")
    if batch.state in (BatchState.FAILED, BatchState.ENDED):
        return said
    return said if batch.reason != "protocol" and said else TRIES_AGAIN.format(batch.reason)
