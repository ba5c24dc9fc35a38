"""What the API lets this site ask of a model, as the headers of its answers tell it. Pure.

Each limit is a token bucket: it fills evenly, and within a minute from empty to full. Output counts as it is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LIMITS = ("requests", "input-tokens", "output-tokens")
FILLS_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Bucket:
    """`left` of `limit`, and full again `full_in_s` seconds after it was told so."""

    limit: int
    left: int
    full_in_s: float

    @property
    def is_near(self) -> bool:
        """Whether it could run dry before long."""
        return self.left < self.limit / 2

    @property
    def fills_per_s(self) -> float:
        """At least as the API's own documents say: what little is missing tells the pace badly."""
        missing = self.limit - self.left
        told = missing / self.full_in_s if self.full_in_s >= 1 else 0.0
        return max(told, self.limit / FILLS_WITHIN_S)

    def wait_s(self, amount: float, *, taken: float, age_s: float) -> float:
        """Seconds until `amount` may go, when `taken` goes before it and the bucket was told `age_s` seconds ago.

        What is more than it can hold may go once it is full.
        """
        level = min(self.limit, self.left + self.fills_per_s * age_s) - taken
        return max(0.0, (min(amount, self.limit) - level) / self.fills_per_s)


def allowance_of(headers: Mapping[str, str]) -> dict[str, Bucket]:
    """By the names of LIMITS, those that the headers of a response tell readably."""
    now = _moment_of_answer(headers)
    found = {name: _bucket(headers, f"anthropic-ratelimit-{name}", now) for name in LIMITS}
    return {name: bucket for name, bucket in found.items() if bucket}


def _bucket(headers: Mapping[str, str], prefix: str, now: datetime) -> Bucket | None:
    try:
        limit, left = int(headers[f"{prefix}-limit"]), int(headers[f"{prefix}-remaining"])
        reset = datetime.fromisoformat(headers[f"{prefix}-reset"])
    except (KeyError, ValueError):
        return None
    if not 0 < limit < 2**31 or reset.tzinfo is None:
        return None
    full_in_s = (reset - now).total_seconds()
    return Bucket(limit, max(0, min(left, limit)), max(0.0, min(full_in_s, FILLS_WITHIN_S)))


def _moment_of_answer(headers: Mapping[str, str]) -> datetime:
    """By the clock that made the other times too, if it tells."""
    try:
        return parsedate_to_datetime(headers["date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return datetime.now(UTC)
