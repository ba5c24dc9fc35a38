"""What follows a failed attempt: the same model again after a wait, or another one. Pure but for the dice."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .ask import Ask, without_thinking
from .catalogue import card
from .errors import ClaudeError, Denied, RateLimited
from .retries import RetryPolicy, back_off_s


@dataclass(frozen=True, slots=True)
class Step:
    """The next attempt: after how many seconds, of whom, where that is not who was asked just now, and without what."""

    wait_s: float
    other_model: str = ""
    drops_thinking: bool = False


class Course:
    """The way of one question through the models.

    The asked model gets its retries. When it stays overloaded, each of `others` is asked once, in order, and none of
    them twice. The person did not choose those: what they say against the question does not count, and when none of
    them answers, the failure is that of the asked model. When that one declines, `when_declined` is asked, once. With
    `waits_in_line`, the course ends when the asked model was asked too much; else that one gets `rests_s` seconds to
    have room again, however often it is asked too much, and those are none of its retries.
    """

    def __init__(
        self,
        asked: str,
        others: Sequence[str],
        policy: RetryPolicy,
        *,
        when_declined: str = "",
        waits_in_line: bool = False,
        rests_s: float = 0.0,
    ) -> None:
        names = {card(model).id: model for model in (asked, *others)}  # a model can have two names
        del names[card(asked).id]
        self._others = deque(names.values())
        self._policy = policy
        self._waits_in_line = waits_in_line
        self._rests_s = rests_s
        self._rests = 0
        self._failures = 0
        self._dropped_thinking = False
        self._overload: ClaudeError | None = None  # why others are asked
        self._asked = asked
        self._when_declined = when_declined
        self.has_declined = False  # and another model is asked for that

    def after_refusal(self) -> Step | None:
        """Whom to ask when the asked model declined before it showed anything; None when it is to stay at that."""
        other = self._when_declined
        if self.has_declined or self._overload or not other or card(other).id == card(self._asked).id:
            return None
        self.has_declined = True
        return Step(0, other)

    def after(self, error: ClaudeError, elapsed_s: float, *, has_shown: bool) -> Step:
        """What to try next. Raises the error that the person is to see when that is nothing."""
        if has_shown:
            raise error
        if error.reason == "thinking_rejected" and not self._dropped_thinking:
            self._dropped_thinking = True
            return Step(0, drops_thinking=True)
        if self._overload is None and isinstance(error, RateLimited) and (rest := self._rest(error, elapsed_s)):
            return rest
        self._failures += 1
        if self._overload is None:
            wait_s = self._policy.wait_s(error, self._failures, elapsed_s)
            if wait_s is not None:
                return Step(wait_s)
            if error.reason != "overloaded":
                raise error
            self._overload = error
        elif isinstance(error, Denied) or error.reason == "timeout_total":
            raise error  # no other model can help
        if not self._others:
            raise self._overload
        return Step(0, self._others.popleft())

    def _rest(self, error: RateLimited, elapsed_s: float) -> Step | None:
        """The asked model again once it has room; None when that takes too long. Raises for who waits in line.

        Each is longer than the one before, since who is told to come back at once and refused again may go on so.
        """
        if self._waits_in_line:
            raise error
        self._rests += 1
        rest_s = max(error.retry_after_s or 0.0, back_off_s(self._rests))
        return Step(rest_s) if error.retryable and elapsed_s + rest_s <= self._rests_s else None


def changed(ask: Ask, step: Step) -> Ask:
    """The same question as the step wants it; for another model, within what that one takes."""
    if step.drops_thinking:
        ask = without_thinking(ask)
    if not step.other_model:
        return ask
    model = step.other_model
    return replace(ask, model=model, max_tokens=min(ask.max_tokens, card(model).max_output_tokens))
