"""Claude on a bad day. It numbers its requests, and `tests.upstream` writes down what it said to each."""

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

from tests.upstream import ChunkedCut, Close, Hang, Pause, Reply, Request, Reset, begin, end, text
from tests.upstream.script import Step

WORDS = ("stone", "river", "cloud", "harbour", "fjord", "glacier", "meadow", "lantern", "winter", "island")
SLOW_S = 0.03  # between words
CUTS: tuple[Step, ...] = (Reset(), ChunkedCut(), Close(), Hang())
REFUSED = {"type": "refusal", "category": "cyber", "explanation": "This looks like an attack."}


class BadDay:
    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._numbers = count(1)
        self._moods: dict[str, tuple[int, Callable[[], Reply]]] = {
            "whole": (60, self._whole),
            "cut": (20, self._cut),
            "declines": (3, lambda: self._whole("refusal", stop_details=REFUSED)),
            "reaches its limit": (3, lambda: self._whole("max_tokens")),
            "overloaded": (5, lambda: Reply.error(529, "overloaded_error")),
            "asked too much": (3, lambda: Reply.error(429, "rate_limit_error", retry_after="1")),
            "broken": (3, lambda: Reply.error(500, "api_error")),
            "hangs up": (4, lambda: Reply((), steps_before=(Reset(),))),
            "says nothing": (2, Reply.never),
        }

    def __call__(self, request: Request) -> Reply:
        ((_, make),) = self._dice.choices([*self._moods.values()], [weight for weight, _ in self._moods.values()])
        reply = make()
        return replace(reply, headers={**reply.headers, "request-id": f"req_{next(self._numbers)}"})

    def _whole(self, stop_reason: str = "end_turn", **delta: Any) -> Reply:
        words = self._words()
        return Reply.streaming(begin(), *words, end(stop_reason, output_tokens=len(words), **delta))

    def _cut(self) -> Reply:
        words = self._words()
        return Reply.streaming(begin(), *words[: self._dice.randrange(len(words))], self._dice.choice(CUTS))

    def _words(self) -> list[Step]:
        """Plain ones, so that a page shows them letter for letter."""
        pause = Pause(self._dice.choice([0.001, SLOW_S, 2 * SLOW_S]))
        words = self._dice.choices(WORDS, k=self._dice.randint(5, 60))
        return [step for word in words for step in (text(f"{word} "), pause)]
