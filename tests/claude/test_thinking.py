"""Thinking and effort within what each model takes, and thinking that the API does not take back."""

from dataclasses import replace
from typing import Any

import pytest

from conversations.claude.ask import Ask, Echo, ThinkingChoice, ToolResult, Utterance
from conversations.claude.catalogue import card
from conversations.claude.events import AttemptEnded
from conversations.claude.request import build_request
from conversations.claude.thinking import other_than_own
from tests.upstream import Reply, Upstream, spoken

from .conftest import QUESTION, outcome_of

SHOWN = {"type": "adaptive", "display": "summarized"}
THOUGHT = {"type": "thinking", "thinking": "Let me see.", "signature": "abc"}
HIDDEN = {"type": "redacted_thinking", "data": "…"}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "clock", "input": {}}
IN_A_LOOP = replace(
    QUESTION,
    history=(
        *QUESTION.history,
        Utterance("assistant", (Echo(THOUGHT), Echo(HIDDEN), Echo(CALL))),
        Utterance("user", (ToolResult("toolu_1", "Noon."),)),
    ),
)


def rejected(words: str) -> Reply:
    error = {"type": "error", "error": {"type": "invalid_request_error", "message": words}}
    return replace(Reply.json(error), status=400)


STALE = rejected("messages.1.content.0: Invalid `signature` in `thinking` block: bound to a different conversation")


def thinking(
    model: str, choice: ThinkingChoice = "", effort: str = "", max_tokens: int = 32_000
) -> dict[str, Any] | None:
    ask = Ask(model, QUESTION.history, max_tokens, thinking=choice, effort=effort)
    return build_request(ask).get("thinking")


@pytest.mark.parametrize(
    ("model", "own", "off", "on"),
    [
        ("claude-opus-5-5", SHOWN, SHOWN, SHOWN),  # always thinks
        ("claude-sonnet-5-5", SHOWN, {"type": "between_tools"}, SHOWN),
        ("claude-haiku-5-5", SHOWN, {"type": "disabled"}, SHOWN),
        ("claude-opus-4-8", None, None, SHOWN),
        ("claude-haiku-4-5", None, None, {"type": "enabled", "budget_tokens": 16_000, "display": "summarized"}),
        ("claude-of-tomorrow", None, None, None),
    ],
)
def test_a_choice_is_sent_as_the_model_takes_it(model: str, own: Any, off: Any, on: Any) -> None:
    assert (thinking(model), thinking(model, "off"), thinking(model, "on")) == (own, off, on)
    assert other_than_own(card(model)) == ("off" if own != off else "on" if own != on else "")


def test_a_model_that_is_to_work_hard_thinks_whatever_was_chosen() -> None:
    assert thinking("claude-haiku-5-5", "off", effort="high") == {"type": "disabled"}
    assert thinking("claude-haiku-5-5", "off", effort="xhigh") == SHOWN


def test_a_budget_leaves_half_of_the_room_to_the_answer() -> None:
    assert thinking("claude-haiku-4-5", "on", max_tokens=4000) == {
        "type": "enabled",
        "budget_tokens": 2000,
        "display": "summarized",
    }
    assert thinking("claude-haiku-4-5", "on", max_tokens=2000) is None


async def test_thinking_that_the_api_does_not_take_back_is_left_out_at_once(upstream: Upstream) -> None:
    upstream.script(STALE, spoken("At noon."))

    outcome = await outcome_of(IN_A_LOOP)

    first, second = outcome.of(AttemptEnded)
    assert outcome.text == "At noon."
    assert (first.reason, first.billed, second.number) == ("thinking_rejected", False, 2)
    assert [request.body["messages"][1]["content"] for request in upstream.requests] == [
        [THOUGHT, HIDDEN, CALL],
        [CALL],
    ]


async def test_it_is_tried_once(upstream: Upstream) -> None:
    upstream.script(STALE, STALE)

    outcome = await outcome_of(IN_A_LOOP)

    assert (outcome.reason, len(upstream.requests)) == ("thinking_rejected", 2)


async def test_another_fault_of_the_request_is_not_tried_again(upstream: Upstream) -> None:
    upstream.script(rejected("messages.0: `signature` is no word of ours"))

    assert (await outcome_of(IN_A_LOOP)).reason == "invalid_request"
    assert len(upstream.requests) == 1
