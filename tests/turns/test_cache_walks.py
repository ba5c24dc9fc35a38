"""The ways people walk through their chats, and what each request reads from a cache that is as strict as the API's.

Counted by the ledger, over the real wire. `now` is the cache's clock: an hour takes no time.
"""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from channels.db import database_sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from conversations.attachments.store import receive
from conversations.demo.caching import PromptCache
from conversations.models import Attachment, Conversation, OwnInstructions, Project, Turn, UsageEntry, User
from conversations.turns.start import Sending, start_turn
from conversations.turns.worker import Worker
from tests.turns.conversing import MODEL, again, ask, attempts_of, ended, journaled, stop
from tests.turns.picturing import note
from tests.turns.toolbox import tool_request
from tests.upstream import Hang, Reply, Request, Upstream, begin, block_start, block_stop, end, text

pytestmark = pytest.mark.django_db(transaction=True)
OTHER = "claude-sonnet-5-5"
WORDS = "Fjords are drowned valleys that ice has carved, and their walls go on below the water. "
TOOL_EVERY, MINUTE, HOUR = 3, 60.0, 3600.0


class Cached:
    """An upstream with a cache. A question that names a tool is answered by thinking and so many requests of it."""

    def __init__(self, upstream: Upstream) -> None:
        self.now = 0.0
        self._cache = PromptCache(lambda: self.now)
        self._answers = 0
        upstream.otherwise = self.reply

    def reply(self, request: Request) -> Reply:
        start = self._start(request.body)
        thinks = block_start(0, "thinking") + text("Let me see.", 0, "thinking") + block_stop(0)
        if calls := _calls(request.body):
            tools = [tool_request(at, "clock", {"time_zone": "UTC"}) for at in range(1, calls + 1)]
            return Reply.streaming(start, thinks, *tools, end("tool_use", index=None))
        answer = [block_start(1), text(WORDS * 12, 1)]
        return Reply.streaming(start, thinks, *answer, *([Hang()] if _hangs(request.body) else [end(index=1)]))

    def _start(self, body: dict[str, Any]) -> bytes:
        self._answers += 1
        name = f"msg_{self._answers}"
        told = self._cache.diagnostics(body, name)
        started = begin(model=body["model"], index=None, diagnostics=told, **self._cache.usage(body))
        return started.replace(b"msg_upstream", name.encode())


def _calls(body: dict[str, Any]) -> int:
    last = body["messages"][-1]["content"][-1]
    return int(last["text"].rsplit(" ", 1)[1]) if last["type"] == "text" and "clocks: " in last["text"] else 0


def _hangs(body: dict[str, Any]) -> bool:
    return "and wait" in str(body["messages"][-1]["content"][-1].get("text"))


@pytest.fixture
def cached(upstream: Upstream) -> Cached:
    return Cached(upstream)


@database_sync_to_async
def picture(person: User) -> Attachment:
    data = io.BytesIO()
    Image.new("RGB", (1200, 900), "teal").save(data, "PNG")
    return receive(person, SimpleUploadedFile("bay.png", data.getvalue(), "image/png"))


@database_sync_to_async
def begun(person: User, text: str, conversation: Conversation, **more: Any) -> Turn:
    return start_turn(person, Sending(uuid4(), text, **{"model": MODEL, **more}), conversation)


async def asked(person: User, words: str = "What of this?", chat: Conversation | None = None, **more: Any) -> Turn:
    return await ended(await ask(person, f"{WORDS * 4} {words}", chat, **more))


async def row_of(turn: Turn) -> UsageEntry:
    return (await attempts_of(turn))[-1]


def prompt(row: UsageEntry) -> int:
    return row.input_tokens + row.cache_write_5m_tokens + row.cache_write_1h_tokens + row.cache_read_tokens


def share_read(rows: Sequence[UsageEntry]) -> float:
    return sum(row.cache_read_tokens for row in rows) / sum(prompt(row) for row in rows)


async def test_nine_tenths_of_twenty_turns_with_tools_and_a_picture_are_read(
    alice: User, cached: Cached, worker: Worker
) -> None:
    turn = await asked(alice, "What is this?", attachments=[(await picture(alice)).pk])
    rows = []
    for number in range(2, 21):
        cached.now += 90
        calls = 12 if number == 7 else 2 if number % TOOL_EVERY == 0 else 0
        turn = await asked(alice, f"clocks: {calls}" if calls else "And then?", turn.conversation)
        rows += await attempts_of(turn) if number > 2 else []

    assert len(rows) == 18 + 7
    assert share_read(rows) >= 0.9
    assert all(row.cache_read_tokens > 0 for row in rows)
    assert {row.cache_miss_reason for row in rows} <= {"", "messages_changed"}, "thinking alone is left out later"


async def test_another_answer_to_the_same_question_reads_all_of_it(alice: User, cached: Cached, worker: Worker) -> None:
    turn = await asked(alice)

    other = await row_of(await ended(await again(turn)))

    assert other.cache_read_tokens == prompt(other) == prompt(await row_of(turn))


async def test_an_edited_question_reads_what_stood_before_it(alice: User, cached: Cached, worker: Worker) -> None:
    first = await asked(alice)
    second = await asked(alice, "And this?", first.conversation)

    edited = await row_of(
        await ended(await begun(alice, WORDS * 4 + "Or that?", first.conversation, edits=second.question_id))
    )

    assert edited.cache_read_tokens == prompt(await row_of(first))


async def test_a_stopped_answer_costs_no_more_than_itself(alice: User, cached: Cached, worker: Worker) -> None:
    first = await asked(alice)
    stopped = await ask(alice, "Go on, and wait", first.conversation)
    await journaled(stopped, "drowned")
    await stop(stopped)
    before = await row_of(await ended(stopped))

    after = await row_of(await asked(alice, "And now?", first.conversation))

    assert before.cache_read_tokens == prompt(await row_of(first))
    assert after.cache_read_tokens == prompt(before)


@pytest.mark.parametrize("calls", [2, 12])
async def test_a_round_of_tools_reads_all_of_the_request_before_it(
    alice: User, cached: Cached, worker: Worker, calls: int
) -> None:
    first = await asked(alice)
    tools = await asked(alice, f"clocks: {calls}", first.conversation)
    question, results = await attempts_of(tools)

    after = await row_of(await asked(alice, "And now?", first.conversation))

    assert question.cache_read_tokens == prompt(await row_of(first))
    assert results.cache_read_tokens == prompt(question)
    assert after.cache_read_tokens == prompt(question), "behind the question stood thinking that is left out now"


async def test_another_model_has_a_cache_of_its_own_and_the_first_one_keeps_its(
    alice: User, cached: Cached, worker: Worker
) -> None:
    first = await asked(alice)
    other = await row_of(await ended(await begun(alice, WORDS, first.conversation, model=OTHER)))
    cached.now += MINUTE
    back = await row_of(await asked(alice, "And you?", first.conversation))

    assert (other.cache_read_tokens, other.cache_miss_reason) == (0, "model_changed")
    assert other.cache_missed_tokens > 0
    assert back.cache_read_tokens == prompt(await row_of(first))


async def test_another_chat_within_the_hour_reads_what_is_the_same_for_all(
    alice: User, ben: User, cached: Cached, worker: Worker
) -> None:
    first = await row_of(await asked(alice))
    cached.now += HOUR - MINUTE
    second = await row_of(await asked(alice, "Something else?"))
    his = await row_of(await asked(ben))
    cached.now += HOUR + MINUTE
    late = await row_of(await asked(alice, "Later?"))

    assert first.cache_write_1h_tokens > 500
    assert [row.cache_read_tokens for row in (first, second, his, late)] == [
        0,
        first.cache_write_1h_tokens,
        first.cache_write_1h_tokens,
        0,
    ]


async def test_ones_own_instructions_cost_others_nothing(
    alice: User, ben: User, cached: Cached, worker: Worker
) -> None:
    his = await row_of(await asked(ben))
    await OwnInstructions.objects.acreate(person=alice, text="I teach geography. " * 50)

    hers = await row_of(await asked(alice))
    again_hers = await row_of(await asked(alice, "Something else?"))

    assert hers.cache_read_tokens == his.cache_write_1h_tokens
    assert again_hers.cache_read_tokens == his.cache_write_1h_tokens + hers.cache_write_1h_tokens


async def test_the_files_of_a_project_are_read_by_all_its_chats_within_the_hour(
    alice: User, cached: Cached, worker: Worker, media: Path
) -> None:
    garden = await Project.objects.acreate(owner=alice, name="Garden", instructions="Name plants in Latin.")
    await Attachment.objects.filter(pk=(await note(alice, WORDS * 200)).pk).aupdate(project=garden)
    one, other = [await Conversation.objects.acreate(owner=alice, model=MODEL, project=garden) for _ in range(2)]

    first = await row_of(await asked(alice, chat=one))
    cached.now += 20 * MINUTE
    late = await row_of(await asked(alice, "And now?", one))
    elsewhere = await row_of(await asked(alice, "Something else?", other))
    after = await row_of(await asked(alice, "And then?", other))

    assert first.cache_write_1h_tokens > 5000
    assert late.cache_read_tokens == elsewhere.cache_read_tokens == first.cache_write_1h_tokens
    assert after.cache_read_tokens == prompt(elsewhere)


async def test_after_a_long_pause_the_hour_still_holds(alice: User, cached: Cached, worker: Worker) -> None:
    first = await asked(alice)
    cached.now += 20 * MINUTE

    second = await row_of(await asked(alice, "And now?", first.conversation))

    assert second.cache_read_tokens == (await row_of(first)).cache_write_1h_tokens


async def test_changed_effort_keeps_what_stands_before_the_messages(
    alice: User, cached: Cached, worker: Worker
) -> None:
    first = await asked(alice)

    second = await row_of(await ended(await begun(alice, WORDS, first.conversation, effort="high")))

    assert second.cache_read_tokens == (await row_of(first)).cache_write_1h_tokens
