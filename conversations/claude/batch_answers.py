"""One line of a batch's results, read into what the ledger and the person need of it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson

from .counts import UsageTally, is_refusal_billed
from .events import WHOLE, AttemptEnded, Refused, Terms, TokenCounts
from .failures import from_event

BATCH_TIER = "batch"


class Outcome(StrEnum):
    """The API's own words. Only what succeeded costs anything."""

    SUCCEEDED = "succeeded"  # Claude answered, or declined to
    ERRORED = "errored"
    CANCELED = "canceled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """What came of one ask of a batch. `name` is the one that it was handed in with.

    `text` is what Claude said; `reason` is "" or the stable word of what went wrong.
    """

    name: str
    outcome: Outcome
    text: str = ""
    model: str = ""
    stop_reason: str = ""
    reason: str = ""
    tokens: TokenCounts = field(default_factory=TokenCounts)
    terms: Terms = field(default_factory=Terms)
    refused: Refused | None = None

    @property
    def is_whole(self) -> bool:
        return self.stop_reason in WHOLE

    @property
    def is_billed(self) -> bool:
        if self.outcome != Outcome.SUCCEEDED:
            return False
        return self.refused is None or is_refusal_billed(self.refused.category, had_output=self.refused.after_text)

    def attempt(self, asked_model: str, began_at: datetime) -> AttemptEnded:
        """For the ledger. The name stands for the request id: requests of a batch have none of their own."""
        return AttemptEnded(
            number=1,
            began_at=began_at,
            asked_model=asked_model,
            answered_model=self.model,
            request_id=self.name,
            tokens=self.tokens,
            stop_reason=self.stop_reason,
            first_token_ms=None,
            duration_ms=0,
            billed=self.is_billed,
            estimated=False,
            reason=self.reason,
            terms=self.terms,
        )


def read_answer(line: bytes) -> BatchAnswer | None:
    """None for what is no result, or not of the agreed shape."""
    try:
        told = orjson.loads(line)
        name, result = told["custom_id"], told["result"]
        outcome = Outcome(result["type"])
        if not isinstance(name, str):
            return None
        match outcome:
            case Outcome.SUCCEEDED:
                return _answered(name, result["message"])
            case Outcome.ERRORED:
                return BatchAnswer(name, outcome, reason=from_event(result["error"]).reason)
            case Outcome.CANCELED:
                return BatchAnswer(name, outcome, reason="stopped")  # as of any attempt that its person ended
            case Outcome.EXPIRED:
                return BatchAnswer(name, outcome, reason="expired")
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _answered(name: str, message: Mapping[str, Any]) -> BatchAnswer:
    text = "".join(block["text"] for block in message["content"] if block["type"] == "text")
    tally = UsageTally()
    tally.take(message["usage"])
    stop_reason = str(message.get("stop_reason") or "")
    return BatchAnswer(
        name,
        Outcome.SUCCEEDED,
        text=text,
        model=str(message["model"]),
        stop_reason=stop_reason,
        tokens=tally.tokens,
        # Whoever passes the API on may leave it out; a batch is half the price all the same.
        terms=replace(tally.terms, service_tier=tally.terms.service_tier or BATCH_TIER),
        refused=_refused(message, after_text=bool(text)) if stop_reason == "refusal" else None,
    )


def _refused(message: Mapping[str, Any], *, after_text: bool) -> Refused:
    details = message.get("stop_details") or {}
    category, explanation = details.get("category"), details.get("explanation")
    return Refused(
        category if isinstance(category, str) else None,
        explanation if isinstance(explanation, str) else None,
        after_text=after_text,
    )
