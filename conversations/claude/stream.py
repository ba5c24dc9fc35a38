"""The face of this room: ask Claude, get our events."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing
from itertools import count

from django.conf import settings

from .ask import Ask
from .attempt import Attempt
from .body import encoded
from .catalogue import card
from .deadlines import Pace, Stopped, Watch
from .errors import ClaudeError
from .events import AttemptEnded, Event, RetryBegins, RetryWaits
from .fallback import Course, Step, changed
from .retries import RetryPolicy


def answer(
    ask: Ask,
    *,
    pace: Pace | None = None,
    first_attempt: int = 1,
    waits_in_line: bool = False,
    rests_s: float = 0.0,
) -> "Answer":
    """Ask Claude. Iterate over what comes back; the grammar is in events.py.

        stream = answer(ask, pace=next_tick)
        try:
            async for event in stream:
                progress.apply(event)
        finally:
            unreported = await stream.aclose()

    `pace` is awaited after each reading once there are words: what arrives meanwhile is read in one go, which costs
    little more than reading one delta. Attempts are numbered from `first_attempt` on. With `waits_in_line`, a model
    that was asked too much is not asked again here: the caller does so when there is room. Without it, such a model is
    asked again for `rests_s` seconds, however many attempts that takes.
    A failure is raised as ClaudeError, after its AttemptEnded.
    """
    return Answer(ask, pace, first_attempt, waits_in_line=waits_in_line, rests_s=rests_s)


class Answer:
    """One answer on its way: an async iterator over its events, for one reader.

    There are two ways to end it early. `stop()`, from any task, ends the iteration in order: the upstream is closed,
    the attempt comes as AttemptEnded("stopped"), and no AnswerEnded follows. A reader that was cancelled or gave up
    calls `aclose()`, which closes the upstream and hands over the AttemptEnded("interrupted") that it did not get.
    """

    def __init__(self, ask: Ask, pace: Pace | None, first_attempt: int, *, waits_in_line: bool, rests_s: float) -> None:
        self.ask = ask  # as it was put last: another model may have been asked since, and stays with the answer
        self._pace = pace
        self._first_attempt = first_attempt
        self._waits_in_line = waits_in_line
        self._rests_s = rests_s
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
        course = Course(
            self.ask.model,
            _allowed(self.ask, settings.CLAUDE_FALLBACK_MODELS),
            RetryPolicy(retries=settings.CLAUDE_RETRIES, budget_s=settings.CLAUDE_RETRY_BUDGET_S),
            when_declined="".join(_allowed(self.ask, [settings.CLAUDE_REFUSAL_MODEL])),
            waits_in_line=self._waits_in_line,
            rests_s=self._rests_s,
        )
        try:
            body = await watch.wait(encoded, self.ask)
            for number in count(self._first_attempt):
                attempt = self._unreported = Attempt(body, self.ask.model, number, watch, self._pace)
                error = None
                try:
                    async with aclosing(attempt.batches()) as batches:
                        async for batch in batches:
                            for event in batch:
                                yield event
                except ClaudeError as failed:
                    error = failed
                yield self._report(attempt, error)
                step = _step_after(attempt, error, course, watch.elapsed_s)
                if step is None:
                    yield attempt.ending
                    return
                yield RetryWaits(number, step.wait_s, _reason(error), step.other_model, is_silent=step.drops_thinking)
                watch.await_retry()
                await watch.wait(asyncio.sleep, step.wait_s)
                if (next_ask := changed(self.ask, step)) is not self.ask:
                    self.ask = next_ask
                    body = await watch.wait(encoded, self.ask)
                yield RetryBegins(number + 1)
        except Stopped:
            if self._unreported:
                yield self._report(self._unreported, None, reason="stopped")
        finally:
            watch.close()

    def _report(self, attempt: Attempt, error: ClaudeError | None, *, reason: str = "") -> AttemptEnded:
        self._unreported = None
        return attempt.ended(error, reason=reason)


def _allowed(ask: Ask, others: Iterable[str]) -> list[str]:
    return [model for model in others if ask.among is None or card(model).id in ask.among]


def _step_after(attempt: Attempt, error: ClaudeError | None, course: Course, elapsed_s: float) -> Step | None:
    """What to try next; None when the answer is over. Raises the error that the person is to see."""
    if error is None:
        return course.after_refusal() if attempt.declined_at_once else None
    if course.has_declined and not attempt.has_shown:
        return None  # the refusal stands
    return course.after(error, elapsed_s, has_shown=attempt.has_shown)


def _reason(error: ClaudeError | None) -> str:
    return error.reason if error else "refusal"
