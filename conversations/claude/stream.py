"""The face of this room: ask Claude, get our events."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from itertools import count

from django.conf import settings

from .ask import Ask
from .attempt import Attempt
from .body import encoded
from .deadlines import Stopped, Watch
from .errors import ClaudeError
from .events import AnswerEnded, AttemptEnded, Event, RetryWaits
from .fallback import Course, ask_of
from .retries import RetryPolicy


def answer(ask: Ask) -> "Answer":
    """Ask Claude. Iterate over what comes back; the grammar is in events.py.

        stream = answer(ask)
        try:
            async for event in stream:
                progress.apply(event)
        finally:
            unreported = await stream.aclose()

    A failure is raised as ClaudeError, after its AttemptEnded.
    """
    return Answer(ask)


class Answer:
    """One answer on its way: an async iterator over its events, for one reader.

    There are two ways to end it early. `stop()`, from any task, ends the iteration in order: the upstream is closed,
    the attempt comes as AttemptEnded("stopped"), and no AnswerEnded follows. A reader that was cancelled or gave up
    calls `aclose()`, which closes the upstream and hands over the AttemptEnded("interrupted") that it did not get.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._watch: Watch | None = None
        self._is_stopped = False
        self._unreported: Attempt | None = None  # whose AttemptEnded nobody has seen
        self._events = self._attempts()

    def __aiter__(self) -> AsyncIterator[Event]:
        return self._events

    def stop(self) -> None:
        """The person pressed Stop. Harmless when repeated, or after the end; a stop reason already there wins."""
        self._is_stopped = True
        if self._watch is not None:
            self._watch.interrupt(Stopped())

    async def aclose(self) -> AttemptEnded | None:
        """Close the upstream. The ledger facts of the attempt that this cut off, or None when all are reported."""
        await self._events.aclose()
        if self._unreported is None:
            return None
        return self._report(self._unreported, None, reason="stopped" if self._is_stopped else "interrupted")

    async def _attempts(self) -> AsyncGenerator[Event, None]:
        if self._is_stopped:
            return
        watch = self._watch = Watch(
            first_byte_s=settings.CLAUDE_FIRST_BYTE_S, stall_s=settings.CLAUDE_STALL_S, total_s=settings.CLAUDE_TOTAL_S
        )
        ask = self._ask
        course = Course(
            ask.model,
            settings.CLAUDE_FALLBACK_MODELS,
            RetryPolicy(retries=settings.CLAUDE_RETRIES, budget_s=settings.CLAUDE_RETRY_BUDGET_S),
        )
        try:
            body = await watch.wait(encoded, ask)
            for number in count(1):
                attempt = self._unreported = Attempt(body, ask.model, number, watch)
                error = None
                try:
                    async with aclosing(attempt.batches()) as batches:
                        async for batch in batches:
                            for event in batch:
                                yield event
                except ClaudeError as failed:
                    error = failed
                yield self._report(attempt, error)
                if error is None:
                    yield AnswerEnded(attempt.stop_reason)
                    return
                step = course.after(error, watch.elapsed_s, has_shown=attempt.has_shown)
                yield RetryWaits(number, step.wait_s, error.reason, step.other_model)
                watch.rest()
                await watch.wait(asyncio.sleep, step.wait_s)
                if step.other_model:
                    ask = ask_of(ask, step.other_model)
                    body = await watch.wait(encoded, ask)
        except Stopped:
            if self._unreported:
                yield self._report(self._unreported, None, reason="stopped")
        finally:
            watch.close()

    def _report(self, attempt: Attempt, error: ClaudeError | None, *, reason: str = "") -> AttemptEnded:
        self._unreported = None
        return attempt.ended(error, reason=reason)
