"""What a page says of an answer that did not come at the first attempt: the wait for the next, and who answered."""

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils import timezone

from conversations.announce.views import WaitView
from conversations.claude import catalogue
from conversations.models import Message, State, Turn, TurnStatus

EXACT_BELOW = 20  # questions that are counted one by one; from there on in steps
STEP_AHEAD, MOST_AHEAD = 10, 100
SENTENCES = {
    "overloaded": "Claude is overloaded.",
    "rate_limited": "Claude is busy.",
    "connection": "Claude cannot be reached.",
}


def wait_view(reason: str, seconds: float, *, asked: str, next_model: str) -> WaitView:
    """For a wait that begins now. `asked` is the model of the turn, `next_model` "" unless another is asked then."""
    if next_model:
        what = "declined" if reason == "refusal" else "is overloaded"
        return WaitView(f"{_name(asked)} {what}. Asking {_name(next_model)} in its place.")
    return WaitView(SENTENCES.get(reason, "Claude did not answer."), math.ceil(seconds))


def wait_of(message: Message, turn: Turn) -> WaitView | None:
    """There may be one between two rounds too. Who answers in the place of whom is told by `stand_in` then."""
    wait = wait_left(turn) if message.is_active else None
    return wait if wait and (wait.seconds or message.state == State.QUEUED) else None


def wait_left(turn: Turn) -> WaitView | None:
    """What a window that comes now shows of the newest wait; None when the next attempt has begun by now."""
    if turn.wait is None:
        return None
    if "until" not in turn.wait:
        return _in_line(turn.wait) if turn.status == TurnStatus.QUEUED else None
    left_s = (datetime.fromisoformat(turn.wait["until"]) - timezone.now()).total_seconds()
    if left_s <= 0 and not turn.wait["next_model"]:
        return None
    view = wait_view(turn.wait["reason"], left_s, asked=turn.model, next_model=turn.wait["next_model"])
    return replace(view, then="Asking") if _was_never_asked(turn) else view


def _was_never_asked(turn: Turn) -> bool:
    """Who stands in the line again has another attempt before them."""
    return turn.status == TurnStatus.QUEUED and turn.attempt == 1


def _in_line(wait: Mapping[str, Any]) -> WaitView:
    if wait["reason"] == "no_worker":
        sentence = "Nobody answers here just now. Your question is kept, and is answered when somebody does."
    elif wait["ahead"] == 0:
        sentence = "Claude is busy with other questions. Yours is the next one."
    elif wait["ahead"] == 1:
        sentence = "Claude is busy. 1 question is ahead of yours."
    else:
        at_least = "" if wait["ahead"] < EXACT_BELOW else "At least "
        sentence = f"Claude is busy. {at_least}{wait['ahead']} questions are ahead of yours."
    return WaitView(sentence, is_queued=True)


def stand_in(message: Message, turn: Turn) -> str:
    """A sentence about who answers in the place of whom, and why; "" when the asked model does, or none."""
    wait = turn.wait or {}
    other, reason = wait.get("next_model", ""), wait.get("reason", "")
    if turn.spared and not other:
        return f"The budget for {_name(turn.spared)} is used up; {_name(turn.model)} was asked in its place."
    if message.is_active:
        return stands_in(turn.model, other, reason) if other and message.state == State.STREAMING else ""
    asked, answered = _name(turn.model), _name(message.model)
    if not other or answered == asked:
        return ""
    return f"{asked} {_why(reason)}; {answered} {'was asked' if message.state == State.REFUSED else 'answered'}."


def stands_in(asked: str, other: str, reason: str) -> str:
    """While the other model answers."""
    return f"{_name(asked)} {_why(reason)}; {_name(other)} answers."


def _why(reason: str) -> str:
    return "declined" if reason == "refusal" else "was overloaded"


def _name(model: str) -> str:
    return catalogue.card(model).display_name
