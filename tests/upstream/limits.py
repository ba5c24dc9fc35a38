"""Rate limits as the API enforces them: token buckets that fill evenly, told in the head of every response."""

import math
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from .script import Reply, spoken
from .server import Request

CHARS_PER_TOKEN = 4


@dataclass
class _Bucket:
    limit: int
    window_s: float
    left: float = field(init=False)
    spilled: float = 0.0  # what it could not hold since the first request
    _seen_at: float | None = None

    def __post_init__(self) -> None:
        self.left = self.limit

    def fill(self) -> None:
        now = time.monotonic()
        if self._seen_at is not None:
            self.left += (now - self._seen_at) * self.limit / self.window_s
        self._seen_at = now
        self.spilled += max(0.0, self.left - self.limit)
        self.left = min(self.left, self.limit)

    def wait_s(self, amount: float) -> float:
        return max(0.0, amount - self.left) * self.window_s / self.limit

    def headers(self, name: str) -> dict[str, str]:
        full_at = datetime.now(UTC) + timedelta(seconds=self.wait_s(self.limit))
        facts = {"limit": str(self.limit), "remaining": str(max(0, int(self.left))), "reset": full_at.isoformat()}
        return {f"anthropic-ratelimit-{name}-{fact}": value for fact, value in facts.items()}


class Limits:
    """What answers as long as there is room, and refuses with 429 else. The windows are shorter than the API's."""

    def __init__(self, *, window_s: float, writes: int = 20, **limits: int) -> None:
        """`limits` by name: requests, input_tokens, output_tokens, each a window. An answer `writes` so many tokens."""
        self.accepted: list[Request] = []
        self.refused: list[Request] = []
        self.buckets = {name.replace("_", "-"): _Bucket(limit, window_s) for name, limit in limits.items()}
        self._reply = spoken(output_tokens=writes)
        self._costs = {"requests": 1.0, "output-tokens": float(writes)}
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Reply:
        with self._lock:
            costs = self._costs | {"input-tokens": len(request.raw_body) / CHARS_PER_TOKEN}
            for bucket in self.buckets.values():
                bucket.fill()
            wait_s = max(bucket.wait_s(costs[name]) for name, bucket in self.buckets.items())
            if wait_s > 0:
                self.refused.append(request)
                refusal = Reply.error(429, "rate_limit_error", retry_after=str(math.ceil(wait_s)))
                return replace(refusal, headers={**refusal.headers, **self._headers()})
            self.accepted.append(request)
            for name, bucket in self.buckets.items():
                bucket.left -= costs[name]
            return replace(self._reply, headers={**self._reply.headers, **self._headers()})

    @property
    def unused_share(self) -> float:
        """How much of what was allowed since the first request went to nobody, by the limit that was used most."""
        return min(bucket.spilled / (bucket.spilled + self._spent(name)) for name, bucket in self.buckets.items())

    def _spent(self, name: str) -> float:
        if name == "input-tokens":
            return sum(len(request.raw_body) for request in self.accepted) / CHARS_PER_TOKEN
        return len(self.accepted) * self._costs[name]

    def _headers(self) -> dict[str, str]:
        return {key: value for name, bucket in self.buckets.items() for key, value in bucket.headers(name).items()}
