"""Tools in the middle of an answer, over the real wire: one turn, one answer, however many requests it takes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from conversations.models import Conversation, State, ToolSwitch, Turn, User
from conversations.tools import registry
from conversations.tools.calls import INCOMPLETE, UNKNOWN
from conversations.turns.interrupted import close_stale
from conversations.turns.worker import Worker
from tests.live.windows import window
from tests.tools import making
from tests.turns.conversing import ask, attempts_of, booked, ended, journaled, reload, stop
from tests.turns.test_leases import let_lapse
from tests.turns.toolbox import asks, found, tool_request
from tests.upstream import (
    Gate,
    Hang,
    Reply,
    Upstream,
    begin,
    block_stop,
    end,
    message_delta,
    spoken,
    text,
)
from tests.upstream.script import sse

pytestmark = pytest.mark.django_db(transaction=True)

SUM = ("calculator", {"expression": "6 * 7"})
CLOCK = ("clock", {"time_zone": "UTC"})


@pytest.fixture(autouse=True)
def let_go() -> Iterator[None]:
    making.let_go.clear()
    yield
    making.let_go.set()


@pytest.fixture
def faulty_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """The site has these tools for once, all of them on."""
    tools = (*making.FAULTY, making.hang_long)
    monkeypatch.setattr(registry, "BUILT_IN", tools)
    monkeypatch.setattr(registry, "ON_AT_FIRST", frozenset(tool.name for tool in tools))


def sent(upstream: Upstream, request: int = -1) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = upstream.requests[request].body["messages"]
    return messages


def kinds(content: list[dict[str, Any]]) -> list[str]:
    return [block["type"] for block in content]


async def test_all_requested_tools_run_and_claude_is_asked_again(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(asks(SUM, CLOCK, words="Let me see."), spoken("It is 42."))

    turn = await ended(await ask(alice))

    assert (turn.answer.state, turn.answer.reason) == (State.COMPLETE, "")
    assert kinds(turn.answer.content) == ["text", "tool_use", "tool_use", "tool_result", "tool_result", "text"]
    question, said, results = sent(upstream)
    assert (question["role"], said["role"], results["role"]) == ("user", "assistant", "user")
    assert kinds(said["content"]) == ["text", "tool_use", "tool_use"]
    assert [block["tool_use_id"] for block in results["content"]] == ["toolu_a1", "toolu_a2"]
    assert results["content"][0] == {"type": "tool_result", "tool_use_id": "toolu_a1", "content": "42"}


async def test_each_round_has_its_row_in_the_ledger(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(asks(SUM, first="a"), asks(SUM, first="b"), spoken("It is 42.", output_tokens=7))

    turn = await ended(await ask(alice))

    rows = await attempts_of(turn)
    assert [(row.attempt, row.stop_reason) for row in rows] == [(1, "tool_use"), (2, "tool_use"), (3, "end_turn")]
    assert sum(row.output_tokens for row in rows) == upstream.reported.output_tokens


async def test_thinking_goes_back_exactly_as_it_came_and_only_within_the_answer(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    signature = sse(
        {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "c2ln"}}
    )
    thinking = begin(kind="thinking") + text("Hm.", kind="thinking") + signature + block_stop(0)
    upstream.script(Reply.streaming(thinking, tool_request(1, *SUM), end("tool_use", index=None)), spoken("42."))
    turn = await ended(await ask(alice))

    await ended(await ask(alice, "And more?", turn.conversation))

    within, later = sent(upstream, 1), sent(upstream, 2)
    assert within[1]["content"][0] == {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
    assert [message["role"] for message in later] == ["user", "assistant", "user", "assistant", "user"]
    assert kinds(later[1]["content"]) == ["tool_use"]
    assert later[2]["content"] == [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "42"}]
    assert later[3]["content"] == [{"type": "text", "text": "42."}]


async def test_tools_are_told_in_one_stable_order(alice: User, upstream: Upstream, worker: Worker) -> None:
    first = await ended(await ask(alice))
    await ended(await ask(alice, "Again?", first.conversation))

    told = [request.body["tools"] for request in upstream.requests]
    assert told[0] == told[1]
    assert [tool["name"] for tool in told[0]] == ["calculator", "clock", "read_attached_text", "search_own_chats"]
    assert all(tool["input_schema"]["additionalProperties"] is False for tool in told[0])


async def test_a_loop_without_end_ends(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(*(asks(SUM, words="Again.", first=str(number)) for number in range(11)))

    turn = await ended(await ask(alice))

    assert (turn.answer.state, turn.answer.reason) == (State.COMPLETE, "tool_limit")
    assert len(upstream.requests) == 11
    assert len(await attempts_of(turn)) == 11
    await ended(await ask(alice, "Go on.", turn.conversation))
    last = sent(upstream)[-2]
    assert kinds(last["content"]) == ["text"], "a request that was not answered is not sent again"


@pytest.mark.parametrize("stop_reason", ["max_tokens", "refusal", "end_turn"])
async def test_after_any_other_end_no_tool_runs(
    alice: User, upstream: Upstream, worker: Worker, stop_reason: str
) -> None:
    upstream.script(asks(SUM, words="I ", stop_reason=stop_reason))

    turn = await ended(await ask(alice))

    assert len(upstream.requests) == 1
    assert "tool_result" not in kinds(turn.answer.content)


async def test_a_stream_that_breaks_off_runs_no_tool(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(Reply.streaming(begin(index=None), tool_request(0, *SUM)))

    turn = await ended(await ask(alice))

    assert (turn.answer.state, turn.answer.reason) == (State.FAILED, "incomplete_stream")
    assert len(upstream.requests) == 1


async def test_input_that_did_not_arrive_whole_is_answered_and_not_run(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(asks(("calculator", '{"expression": "6 *')), spoken("Sorry."))

    await ended(await ask(alice))

    (result,) = sent(upstream)[-1]["content"]
    assert (result["content"], result["is_error"]) == (INCOMPLETE, True)


async def test_a_tool_that_is_off_is_not_there(alice: User, upstream: Upstream, worker: Worker) -> None:
    await ToolSwitch.objects.acreate(name="calculator", is_on=False)
    upstream.script(asks(SUM), spoken("Sorry."))

    await ended(await ask(alice))

    assert "calculator" not in [tool["name"] for tool in upstream.requests[0].body["tools"]]
    (result,) = sent(upstream)[-1]["content"]
    assert (result["content"], result["is_error"]) == (UNKNOWN, True)


async def test_tools_that_hang_flood_or_break_do_not_end_the_turn(
    alice: User, upstream: Upstream, worker: Worker, faulty_tools: None
) -> None:
    upstream.script(asks(("hang", {}), ("flood", {}), ("raise_secret", {}), ("decline", {})), spoken("So be it."))

    turn = await ended(await ask(alice))

    assert turn.answer.state == State.COMPLETE
    hung, flooded, broken, declined = sent(upstream)[-1]["content"]
    assert [block.get("is_error", False) for block in (hung, flooded, broken, declined)] == [True, False, True, True]
    assert len(flooded["content"].encode()) <= 16 * 1024
    assert "swordfish" not in json.dumps(turn.answer.content)
    assert set(flooded) == {"type", "tool_use_id", "content"}, "what is our own stays here"


async def test_stop_while_a_tool_runs(alice: User, upstream: Upstream, worker: Worker, faulty_tools: None) -> None:
    upstream.script(asks(("hang_long", {}), ("greet", {"name": "Ada"}), words="One moment."))
    turn = await ask(alice)
    await journaled(turn, "Hello Ada")

    await stop(turn)

    turn = await ended(turn)
    assert (turn.answer.state, turn.answer.reason) == (State.STOPPED, "stopped")
    assert kinds(turn.answer.content) == ["text", "tool_use", "tool_use", "tool_result"]
    assert [row.attempt for row in await attempts_of(turn)] == [1]
    await ended(await ask(alice, "And now?", turn.conversation))
    said, results = sent(upstream)[1:3]
    assert kinds(said["content"]) == ["text", "tool_use"]
    assert [block["tool_use_id"] for block in results["content"]] == ["toolu_a2"]


async def test_a_pause_is_gone_on_from_as_it_is(alice: User, upstream: Upstream, worker: Worker) -> None:
    await ToolSwitch.objects.acreate(name="web_search", is_on=True)
    search = tool_request(0, "web_search", {"query": "fjord"}, key="srvtoolu_1", kind="server_tool_use")
    hits = [{"type": "web_search_result", "url": "https://a.example/", "title": "A", "encrypted_content": "x"}]
    pauses = begin(index=None) + search + found(1, "web_search_tool_result", "srvtoolu_1", hits)
    paused = Reply.streaming(
        pauses, message_delta("pause_turn", container={"id": "cont_1"}), sse({"type": "message_stop"})
    )
    again = tool_request(0, "web_search", {"query": "bay"}, key="srvtoolu_2", kind="server_tool_use")
    upstream.script(paused, Reply.streaming(begin(index=None), again, end("pause_turn", index=None)), spoken("Found."))

    turn = await ended(await ask(alice))

    assert turn.answer.state == State.COMPLETE
    _, said = sent(upstream)
    assert kinds(said["content"]) == ["server_tool_use", "web_search_tool_result", "server_tool_use"]
    assert said["content"][1]["content"] == hits
    assert upstream.requests[-1].body["container"] == "cont_1"
    assert len(await attempts_of(turn)) == 3


async def test_pauses_without_end_end(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(*(spoken("So far. ", stop_reason="pause_turn") for _ in range(9)))

    turn = await ended(await ask(alice))

    assert (turn.answer.state, turn.answer.reason) == (State.COMPLETE, "tool_limit")
    assert len(upstream.requests) == 6


async def test_a_failure_in_a_later_round_keeps_what_there_was(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(asks(SUM, words="Let me see."), Reply.error(529, "overloaded_error"))

    turn = await ended(await ask(alice))

    assert (turn.answer.state, turn.answer.reason) == (State.FAILED, "overloaded")
    assert kinds(turn.answer.content) == ["text", "tool_use", "tool_result"]
    assert [row.reason for row in await attempts_of(turn)] == ["", "overloaded"]


async def test_windows_see_each_call_and_those_that_come_later_see_the_same(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(
        Reply.streaming(
            begin(),
            text("Let me see."),
            block_stop(0),
            tool_request(1, *SUM),
            Gate("asked"),
            end("tool_use", index=None),
        ),
        Reply.streaming(begin(), text("It is"), Gate("answering"), text(" 42."), end()),
    )
    turn = await ask(alice)
    async with window(alice, turn.conversation_id) as first:
        assert 'data-state="running"' in await first.frame_with("Calculator")
        upstream.release("asked")
        assert 'data-state="done"' in await first.frame_with("42")
        await journaled(turn, "It is")
        async with window(alice, turn.conversation_id) as later:
            snapshot = await later.frame()
            upstream.release("answering")
            assert 'data-state="done"' in await later.frame_with("It is 42.")
        await first.frame_with("It is 42.")

    assert "expression: 6 * 7" in snapshot
    assert f'id="message-{turn.answer_id}-part-1-result"' in snapshot
    assert snapshot.count('class="tool part"') == 1
    assert first.revisions == list(range(first.revisions[0], first.revisions[-1] + 1))


async def test_a_worker_that_died_in_a_later_round_leaves_its_blocks_and_its_bill(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(asks(SUM, words="Let me see."), Reply.streaming(begin(input_tokens=50), text("It is 4"), Hang()))
    turn = await ask(alice)
    await journaled(turn, "It is 4")
    await booked(1)

    await leave_behind(turn)

    turn = await ended(turn)
    assert (turn.answer.state, turn.answer.reason) == (State.FAILED, "interrupted")
    assert kinds(turn.answer.content) == ["text", "tool_use", "tool_result", "text"]
    assert turn.answer.content[2]["content"] == "42"
    rows = await attempts_of(turn)
    assert [(row.attempt, row.estimated) for row in rows] == [(1, False), (2, True)]
    assert (rows[1].input_tokens, rows[1].output_tokens < 10) == (50, True), "of the second round alone"


async def test_a_worker_that_died_while_a_tool_ran_has_no_bill_to_leave(
    alice: User, upstream: Upstream, worker: Worker, faulty_tools: None
) -> None:
    upstream.script(asks(("hang_long", {})))
    turn = await ask(alice)
    await journaled(turn, "hang_long")
    await booked(1)

    await leave_behind(turn)

    turn = await ended(turn)
    assert (turn.answer.reason, kinds(turn.answer.content)) == ("interrupted", ["tool_use"])
    assert [row.estimated for row in await attempts_of(turn)] == [False]


async def leave_behind(turn: Turn) -> None:
    """As if the process were gone: somebody else closes the turn, and this worker finds that it lost it."""
    await sync_to_async(let_lapse)(turn)
    await sync_to_async(close_stale)()


async def test_no_conversation_is_left_with_a_turn(alice: User, upstream: Upstream, worker: Worker) -> None:
    """An answer of tools alone, declined at last, is left out of the next request with its question."""
    refused = Reply.streaming(begin(index=None), message_delta("refusal"), sse({"type": "message_stop"}))
    upstream.script(asks(SUM), refused)
    turn = await ended(await ask(alice))
    assert turn.answer.state == State.REFUSED

    conversation = await Conversation.objects.aget(pk=turn.conversation_id)
    await ended(await ask(alice, "Something else.", conversation))

    assert [message["role"] for message in sent(upstream)] == ["user"]
    assert not (await reload(turn)).is_active
