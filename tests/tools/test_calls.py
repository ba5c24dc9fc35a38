"""A call of a tool: whatever the tool does, there is an outcome that Claude can be told."""

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from conversations.tools.calls import INCOMPLETE, MAX_RESULT_BYTES, UNKNOWN, Call, Outcome, limited, outcome_of
from conversations.tools.threads import MAX_THREADS
from conversations.tools.tool import Caller
from tests.tools import making

CALLER = Caller(7, uuid4())


@pytest.fixture(autouse=True)
def let_go() -> Iterator[None]:
    making.let_go.clear()
    yield
    making.let_go.set()


async def called(name: str, given: dict[str, Any] | None = None) -> Outcome:
    return await outcome_of(Call("toolu_1", name, {} if given is None else given), making.FAULTY, CALLER)


def test_the_signature_is_the_schema() -> None:
    schema = making.greet.input_schema

    assert schema["additionalProperties"] is False
    assert schema["required"] == ["name"]
    assert schema["properties"]["name"] == {"description": "Whom to greet.", "maxLength": 20, "type": "string"}
    assert set(schema["properties"]) == {"name", "times"}, "the caller is not Claude's to choose"
    assert making.greet.description.startswith("Greets somebody.\n\nAs often")


async def test_the_caller_is_given_by_the_site() -> None:
    outcome = await called("greet", {"name": "Ada", "times": 2})

    assert (outcome.text, outcome.is_error) == ("Hello Ada from 7. Hello Ada from 7.", False)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "name"),
        ({"name": "A" * 21}, "name"),
        ({"name": "Ada", "times": "often"}, "times"),
        ({"name": "Ada", "caller": {"person_id": 1}}, "caller"),
    ],
)
async def test_input_that_does_not_fit_is_never_run(given: dict[str, Any], said: str) -> None:
    outcome = await called("greet", given)

    assert outcome.is_error
    assert outcome.text.startswith("The input does not fit: ")
    assert said in outcome.text


async def test_a_coroutine_runs_on_the_loop() -> None:
    assert (await called("wait_a_moment", {"word": "yes"})).text == "yes"


async def test_a_tool_that_hangs_is_given_up_and_holds_nobody_else() -> None:
    hanging, other = await asyncio.gather(called("hang"), called("greet", {"name": "Ada"}))

    assert hanging.is_error
    assert "did not end within 0.1 seconds" in hanging.text
    assert other.text == "Hello Ada from 7."


async def test_when_too_many_hang_the_next_is_told_so() -> None:
    given_up = await asyncio.gather(*(called("hang") for _ in range(MAX_THREADS)))
    refused = await called("greet", {"name": "Ada"})

    assert all(outcome.is_error for outcome in given_up)
    assert "too many tools at once" in refused.text


async def test_a_flood_is_cut_and_says_so() -> None:
    outcome = await called("flood")

    assert outcome.was_cut
    assert len(outcome.text.encode()) <= MAX_RESULT_BYTES
    assert outcome.text.endswith("[Cut: these are the first 16 KB of 9,766.]")


async def test_what_a_tool_raises_stays_here() -> None:
    broken, declined = await called("raise_secret"), await called("decline")

    assert (broken.is_error, declined.is_error) == (True, True)
    assert "swordfish" not in broken.text
    assert declined.text == "There is nothing to see."


async def test_unknown_and_half_arrived_calls_are_answered() -> None:
    assert (await called("rm_rf")).text == UNKNOWN
    assert (await outcome_of(Call("toolu_1", "greet", None), making.FAULTY, CALLER)).text == INCOMPLETE


def test_a_result_is_cut_between_characters() -> None:
    text, was_cut = limited("a" + "€" * MAX_RESULT_BYTES)

    assert was_cut
    assert "\ufffd" not in text
    assert limited("fine\x00\ud800") == ("fine\ufffd\ufffd", False)
