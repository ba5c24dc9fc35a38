"""Our own deadlines and the Stop button: whatever an answer waits for, they can interrupt it.

The SDK's read time-out starts again at every ping, so a stream that only pings would never end. One loop timer per
answer is enough: it is set again when it fires, not when a delta arrives.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from .failures import failure

P = ParamSpec("P")
T = TypeVar("T")
Pace = Callable[[], Awaitable[None]]


class Stopped(Exception):
    """The person pressed Stop."""


class Watch:
    """Guards the waits of one answer: first byte (per attempt), silence between contents, and the whole.

    Only `wait()` is ever interrupted, so the reader's own work is never torn apart, and time that the reader
    spends on an event does not count as silence. Made inside the running loop; all times are its seconds.
    """

    def __init__(self, *, first_byte_s: float, stall_s: float, total_s: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._first_byte_s = first_byte_s
        self._stall_s = stall_s
        self._began_at = self._loop.time()
        self._total_at = self._began_at + total_s
        self._first_byte_at: float | None = None
        self._quiet_since: float | None = None
        self._has_news = False
        self._is_resting = False
        self._verdict: Exception | None = None
        self._waiting: asyncio.Task[object] | None = None
        self._cancelling: int | None = None  # cancellations of the task before ours; None when we sent none
        self._timer: asyncio.TimerHandle | None = None
        self._arm()

    @property
    def elapsed_s(self) -> float:
        return self._loop.time() - self._began_at

    def await_first_byte(self) -> None:
        self._first_byte_at = self._loop.time() + self._first_byte_s
        self._arm()

    def await_content(self) -> None:
        self._first_byte_at = None
        self._quiet_since = self._loop.time()
        self._arm()

    def content_arrived(self) -> None:
        """Cheap, for the hot path: the silence is measured from the next wait."""
        self._has_news = True

    def await_retry(self) -> None:
        """Between attempts only Stop and the total count; a deadline of the last attempt has had its effect."""
        self._first_byte_at = self._quiet_since = None
        if self._verdict is not None and self._loop.time() < self._total_at and not isinstance(self._verdict, Stopped):
            self._verdict = self._cancelling = None
        self._arm()

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def interrupt(self, verdict: Exception) -> None:
        """The present or the next wait raises `verdict`. The first one stands."""
        if self._verdict is not None:
            return
        self._verdict = verdict
        if self._waiting is not None:
            self._cancelling = self._waiting.cancelling()
            self._waiting.cancel()

    async def wait(self, call: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `call` gives, unless a deadline passes or somebody presses Stop meanwhile."""
        if self._verdict is not None:
            raise self._verdict
        if self._has_news:
            self._has_news = False
            self._quiet_since = self._loop.time()
        task = self._waiting = asyncio.current_task()
        try:
            return await call(*args, **kwargs)
        except asyncio.CancelledError:
            # As asyncio.timeout does: ours becomes the verdict, anybody else's passes through.
            if self._verdict is None or self._cancelling is None or task is None:
                raise
            if task.uncancel() > self._cancelling:
                raise
            raise self._verdict from None
        finally:
            self._waiting = None

    async def rest(self, pace: Pace) -> None:
        """As `wait`, but nothing is read meanwhile by our own choice, so it does not count as Claude's silence."""
        self._is_resting = True
        try:
            await self.wait(pace)
        finally:
            self._is_resting = False
            self._has_news = True

    def _arm(self) -> None:
        self.close()
        self._timer = self._loop.call_at(self._due()[0], self._check)

    def _check(self) -> None:
        if (self._waiting is None or self._is_resting) and self._quiet_since is not None:
            self._quiet_since = self._loop.time()  # the reader is busy; Claude is not to blame
        due_at, reason = self._due()
        if self._loop.time() >= due_at:
            self.interrupt(failure(reason))
        else:
            self._arm()

    def _due(self) -> tuple[float, str]:
        due = [(self._total_at, "timeout_total")]
        if self._first_byte_at is not None:
            due.append((self._first_byte_at, "timeout_first_byte"))
        if self._quiet_since is not None:
            due.append((self._quiet_since + self._stall_s, "stalled"))
        return min(due)
