"""Whether a model is to think, and how hard: what was chosen, within what the model takes. Pure.

What it does not take is left out, since the API refuses a whole request for it. Where a model thinks unasked, or was
asked to, a readable summary is asked for too: it costs nothing more, and without it the thinking stays hidden.
"""

from typing import Any

from .ask import Ask, ThinkingChoice
from .cards import EFFORTS, ModelCard

LEAST_BUDGET_TOKENS = 1024  # the API's own
MOST_BUDGET_TOKENS = 16_000


def effort_of(ask: Ask, model: ModelCard) -> str:
    """What to ask for; empty for the model's own."""
    return ask.effort if ask.effort in model.efforts else ""


def thinking_of(ask: Ask, model: ModelCard) -> dict[str, Any] | None:
    """The parameter, or None to leave it out."""
    takes = model.thinking.takes
    if ask.thinking == "off" and (quiet := quiet_kind(model, effort_of(ask, model))):
        return {"type": quiet}
    if model.thinking.unasked or ask.thinking == "on":
        if "adaptive" in takes:
            return {"type": "adaptive", "display": "summarized"}
        if "enabled" in takes and (budget := _budget(ask.max_tokens)):
            return {"type": "enabled", "budget_tokens": budget, "display": "summarized"}
    return None


def quiet_kind(model: ModelCard, effort: str) -> str:
    """How this model is told not to think first; "" when it cannot be told, or not at this effort."""
    thinking = model.thinking
    if not thinking.unasked:
        return ""  # it does not anyway
    kind = next((each for each in ("disabled", "between_tools") if each in thinking.takes), "")
    asked = effort or model.default_effort
    is_too_hard = asked in EFFORTS and EFFORTS.index(asked) > EFFORTS.index(thinking.quiet_up_to)
    return "" if is_too_hard else kind


def other_than_own(model: ModelCard) -> ThinkingChoice:
    """What a person can choose instead of the model's own way; "" when there is nothing to choose."""
    if model.thinking.unasked:
        return "off" if quiet_kind(model, "low") else ""
    return "on" if model.thinking.takes & {"adaptive", "enabled"} else ""


def _budget(max_tokens: int) -> int:
    """Half of the answer's room at most; 0 when that is less than the API takes."""
    budget = min(MOST_BUDGET_TOKENS, max_tokens // 2)
    return budget if budget >= LEAST_BUDGET_TOKENS else 0
