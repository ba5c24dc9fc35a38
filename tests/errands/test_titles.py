"""A chat gets its name after the first answer, unless its owner named it, and keeps its first words when that fails."""

import asyncio
import json
from typing import Any

import pytest
from channels.db import database_sync_to_async

from conversations.chats.keep import rename
from conversations.errands.titles import tidy
from conversations.models import Conversation, ErrandSwitch, Purpose, UsageEntry, User
from conversations.turns.worker import Worker
from tests.live.windows import window
from tests.turns.conversing import ask, booked, ended, until
from tests.upstream import Gate, Hang, Reply, Request, Upstream, begin, end, spoken, text

pytestmark = pytest.mark.django_db(transaction=True)


def names(request: Request) -> bool:
    """Whether this request asks for a title."""
    return "title" in request.body.get("output_config", {}).get("format", {}).get("schema", {}).get("properties", {})


def title(words: str) -> Reply:
    return spoken(json.dumps({"title": words}), model="claude-haiku-5-5")


@pytest.fixture
def only_titles(settings: Any) -> None:
    settings.ERRANDS = True
    ErrandSwitch.objects.update_or_create(errand=Purpose.FOLLOW_UPS, defaults={"is_on": False})


@pytest.fixture
async def worker(only_titles: None, worker: Worker) -> Worker:
    return worker


async def titled(conversation: Conversation, words: str) -> None:
    async def is_titled() -> bool:
        return (await Conversation.objects.aget(pk=conversation.pk)).title == words

    await until(is_titled)


async def test_the_cheapest_model_names_a_chat_after_its_first_answer(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(title('"How fjords came to be."'), when=names)
    turn = await ended(await ask(alice, "What is a fjord?"))

    await titled(turn.conversation, "How fjords came to be")

    request = upstream.requests[-1].body
    assert request["model"] == "claude-haiku-5-5"
    assert request["output_config"]["format"]["schema"]["additionalProperties"] is False
    assert "cache_control" not in json.dumps(request)
    entry = await UsageEntry.objects.aget(purpose=Purpose.TITLE)
    assert (entry.conversation_id, entry.person_id, entry.turn_id) == (turn.conversation_id, alice.pk, None)
    assert (await Conversation.objects.aget()).is_titled


async def test_every_window_of_the_chat_hears_its_name(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(Reply.streaming(Gate("name"), *title("Fjords & <ice>").steps), when=names)
    turn = await ended(await ask(alice))

    async with window(alice, turn.conversation_id) as one, window(alice, turn.conversation_id) as other:
        await one.frame()
        await other.frame()
        upstream.release("name")
        for each in (one, other):
            await each.frame_with('<h1 id="heading" hx-swap-oob="innerHTML">Fjords &amp; &lt;ice&gt;</h1>')


async def test_a_second_answer_asks_for_no_other_name(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(title("How fjords came to be"), when=names)
    turn = await ended(await ask(alice))
    await titled(turn.conversation, "How fjords came to be")

    await ended(await ask(alice, "And then?", turn.conversation))
    await asyncio.gather(*worker.errands.tasks)

    assert sum(names(request) for request in upstream.requests) == 1


async def test_a_name_of_its_owner_is_never_written_over(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(Reply.streaming(Gate("name"), *title("Claude's own").steps), when=names)
    turn = await ended(await ask(alice))
    await upstream.reached("name")

    await database_sync_to_async(rename)(turn.conversation, "Alice's own")
    upstream.release("name")
    await booked(2)
    await asyncio.gather(*worker.errands.tasks)

    conversation = await Conversation.objects.aget()
    assert (conversation.title, conversation.is_titled) == ("Alice's own", False)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(spoken("How fjords came to be"), id="no data"),
        pytest.param(spoken('{"name": "Fjords"}'), id="other data"),
        pytest.param(spoken('{"title": " "}'), id="nothing"),
        pytest.param(spoken('{"title": "How fj', stop_reason="max_tokens"), id="cut"),
        pytest.param(Reply.streaming(begin(index=None), end("refusal", index=None)), id="refused"),
        pytest.param(Reply.error(529, "overloaded_error"), id="overloaded"),
    ],
)
async def test_whatever_goes_wrong_it_keeps_its_first_words(
    alice: User, upstream: Upstream, worker: Worker, reply: Reply
) -> None:
    upstream.script(reply, when=names)

    turn = await ended(await ask(alice, "What is a fjord?"))
    await booked(2)
    await asyncio.gather(*worker.errands.tasks)

    conversation = await Conversation.objects.aget(pk=turn.conversation_id)
    assert (conversation.title, conversation.is_titled) == ("What is a fjord?", False)
    assert turn.answer.state == "complete"


async def test_no_answer_waits_for_a_name(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(Reply.never(), when=names)
    first = await ended(await ask(alice))

    second = await ended(await ask(alice, "And then?", first.conversation))

    assert second.answer.state == "complete"


async def test_a_process_that_ends_books_what_a_name_has_cost(
    alice: User, upstream: Upstream, only_titles: None
) -> None:
    worker = Worker()
    await worker.start()
    upstream.script(Reply.streaming(begin(model="claude-haiku-5-5"), text('{"ti'), Gate("here"), Hang()), when=names)
    upstream.release("here")
    await ended(await ask(alice))
    await upstream.reached("here")

    await worker.drain(timeout_s=0)

    entry = await UsageEntry.objects.aget(purpose=Purpose.TITLE)
    assert (entry.reason, entry.input_tokens) == ("interrupted", 12)


async def test_the_owner_can_switch_it_off(alice: User, upstream: Upstream, worker: Worker) -> None:
    await ErrandSwitch.objects.aupdate_or_create(errand=Purpose.TITLE, defaults={"is_on": False})

    await ended(await ask(alice))
    await asyncio.gather(*worker.errands.tasks)

    assert len(upstream.requests) == 1


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("  **Fjords\nand ice**  ", "Fjords and ice"),
        ("„Fjorde“", "Fjorde"),
        ("x" * 90, "x" * 79 + "…"),
        ("nul\0", "nul"),
    ],
)
def test_a_name_is_one_plain_line(told: str, kept: str) -> None:
    assert tidy(told) == kept
