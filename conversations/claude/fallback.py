"""What follows a failed attempt: the same model again after a wait, or another one. Pure but for the dice."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .ask import Ask
from .catalogue import card
from .errors import ClaudeError, Denied
from .retries import RetryPolicy


@dataclass(frozen=True, slots=True)
class Step:
    """The next attempt: after how many seconds, and of whom, where that is not who was asked just now."""

    wait_s: float
    other_model: str = ""


class Course:
    """The way of one question through the models.

    The asked model gets its retries. When it stays overloaded, each of `others` is asked once, in order, and none of
    them twice. The person did not choose those: what they say against the question does not count, and when none of
    them answers, the failure is that of the asked model.
    """

    def __init__(self, asked: str, others: Sequence[str], policy: RetryPolicy) -> None:
        names = {card(model).id: model for model in (asked, *others)}  # a model can have two names
        del names[card(asked).id]
        self._others = deque(names.values())
        self._policy = policy
        self._failures = 0
        self._overload: ClaudeError | None = None  # why others are asked

    def after(self, error: ClaudeError, elapsed_s: float, *, has_shown: bool) -> Step:
        """What to try next. Raises the error that the person is to see when that is nothing."""
        if has_shown:
            raise error
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


def ask_of(ask: Ask, model: str) -> Ask:
    """The same question for another model, within what that one takes."""
    return replace(ask, model=model, max_tokens=min(ask.max_tokens, card(model).max_output_tokens))
