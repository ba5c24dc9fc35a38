"""What a page says of an answer that did not come at the first attempt: the wait for the next, and who answered."""

import math
from datetime import datetime

from django.utils import timezone

from conversations.announce.views import WaitView
from conversations.claude import catalogue
from conversations.models import Message, State, Turn

SENTENCES = {
    "overloaded": "Claude is overloaded.",
    "rate_limited": "Claude is busy.",
    "connection": "Claude cannot be reached.",
}


def wait_view(reason: str, seconds: float, *, asked: str, next_model: str) -> WaitView:
    """For a wait that begins now. `asked` is the model of the turn, `next_model` "" unless another is asked then."""
    if next_model:
        return WaitView(f"{_name(asked)} is overloaded. Asking {_name(next_model)} in its place.")
    return WaitView(SENTENCES.get(reason, "Claude did not answer."), math.ceil(seconds))


def wait_left(turn: Turn) -> WaitView | None:
    """What a window that comes now shows of the newest wait; None when the next attempt has begun by now."""
    if turn.wait is None:
        return None
    left_s = (datetime.fromisoformat(turn.wait["until"]) - timezone.now()).total_seconds()
    if left_s <= 0 and not turn.wait["next_model"]:
        return None
    return wait_view(turn.wait["reason"], left_s, asked=turn.model, next_model=turn.wait["next_model"])


def stand_in(message: Message, turn: Turn) -> str:
    """A sentence about who answers in the place of whom, and why; "" when the asked model does, or none."""
    other = turn.wait["next_model"] if turn.wait else ""
    if message.is_active:
        return stands_in(turn.model, other) if other and message.state == State.STREAMING else ""
    asked, answered = _name(turn.model), _name(message.model)
    return f"{asked} was overloaded; {answered} answered." if other and answered != asked else ""


def stands_in(asked: str, other: str) -> str:
    """While the other model answers."""
    return f"{_name(asked)} was overloaded; {_name(other)} answers."


def _name(model: str) -> str:
    return catalogue.card(model).display_name
