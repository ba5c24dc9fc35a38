"""Tools in demo mode: each scene from the question to the last round, as one answer."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async

from conversations.announce.thread import load_thread
from conversations.announce.views import MessageView
from conversations.demo.scenes import EXAMPLES
from conversations.models import State, ToolSwitch, User
from conversations.turns.worker import Worker
from tests.turns.conversing import ask, attempts_of, ended

pytestmark = pytest.mark.django_db(transaction=True)

PROMPTS = dict(EXAMPLES)


async def answered(person: User, title: str, *switched_on: str) -> tuple[MessageView, list[Any]]:
    for name in switched_on:
        await ToolSwitch.objects.acreate(name=name, is_on=True)
    turn = await ended(await ask(person, PROMPTS[title]))
    assert turn.answer.state == State.COMPLETE, turn.answer.reason
    thread = await sync_to_async(load_thread)(turn.conversation_id)
    return thread.messages[-1], list(await attempts_of(turn))


def states(message: MessageView) -> list[tuple[str, str]]:
    return [(part.tool.name, part.tool.state) for part in message.parts if part.tool]


async def test_three_calls_at_once_and_one_of_them_fails(alice: User, worker: Worker) -> None:
    message, attempts = await answered(alice, "Tools")

    assert states(message) == [("Calculator", "done"), ("Clock", "done"), ("Calculator", "failed")]
    assert "1487.5" in message.source
    assert "it failed: It divides by zero." in message.source
    assert [attempt.stop_reason for attempt in attempts] == ["tool_use", "end_turn"]


async def test_a_search_of_the_web_has_sources_and_a_price(alice: User, worker: Worker) -> None:
    message, (attempt,) = await answered(alice, "A web search", "web_search")

    assert states(message) == [("Web search", "done")]
    assert [source.url for source in message.sources] == ["https://example.org/tides", "https://example.com/moon"]
    assert attempt.web_searches == 1


async def test_a_page_of_the_web_that_opens_and_one_that_does_not(alice: User, worker: Worker) -> None:
    message, _ = await answered(alice, "A web page", "web_fetch")

    assert states(message) == [("Web fetch", "failed"), ("Web fetch", "done")]
    assert len(message.sources) == 1


async def test_a_program_pauses_and_goes_on_as_one_answer(alice: User, worker: Worker) -> None:
    message, attempts = await answered(alice, "A program", "code_execution")

    assert states(message) == [("Bash code execution", "done")]
    assert "printed **204**" in message.source
    assert [attempt.stop_reason for attempt in attempts] == ["pause_turn", "end_turn"]


@pytest.mark.parametrize("title", ["A web search", "A web page", "A program"])
async def test_what_is_off_is_not_played(alice: User, worker: Worker, title: str) -> None:
    message, _ = await answered(alice, title)

    assert states(message) == []
    assert "under **Tools**" in message.source
