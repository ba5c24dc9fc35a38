"""Whether to try again, and when. Pure but for the dice."""

import random
from dataclasses import dataclass

from .errors import ClaudeError

FIRST_WAIT_S = 0.5
MAX_WAIT_S = 8.0
JITTER = 0.25


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """At most `retries` more attempts, the last of which begins within `budget_s` seconds of the first."""

    retries: int
    budget_s: float

    def wait_s(self, error: ClaudeError, failed_attempts: int, elapsed_s: float) -> float | None:
        """Seconds until the next attempt; None when there is to be none.

        A `retry-after` is honoured in full or not at all: coming back sooner would only be refused again.
        """
        if not error.retryable or failed_attempts > self.retries:
            return None
        wait_s = back_off_s(failed_attempts) if error.retry_after_s is None else error.retry_after_s
        return wait_s if elapsed_s + wait_s <= self.budget_s else None


def back_off_s(failed_attempts: int) -> float:
    wait_s = min(MAX_WAIT_S, FIRST_WAIT_S * 2.0 ** (failed_attempts - 1))
    return wait_s * (1 - JITTER * random.random())  # noqa: S311 - spreads the returns of many, guards nothing
