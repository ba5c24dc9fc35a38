"""Thinking that goes back to Claude: exactly as it came while a round is open, and never again once it was refused."""

import json
from dataclasses import replace
from typing import Any

import pytest

from conversations.models import State, User
from conversations.turns.worker import Worker
from tests.live.windows import window
from tests.turns.conversing import ask, attempts_of, ended, journaled, stop
from tests.turns.toolbox import tool_request
from tests.upstream import Gate, Hang, Reply, Upstream, begin, block_start, block_stop, end, spoken, text
from tests.upstream.script import sse

pytestmark = pytest.mark.django_db(transaction=True)
SUM = ("calculator", {"expression": "6 * 7"})
WORDS = "messages.1.content.0: Invalid `signature` in `thinking` block: bound to a different conversation"
STALE = replace(Reply.json({"type": "error", "error": {"type": "invalid_request_error", "message": WORDS}}), status=400)


def thinks(name: str, index: int = 0) -> bytes:
    """A block with text and signature, and one that is opaque."""
    delta = {"type": "signature_delta", "signature": f"c2ln{name}=="}
    signature = sse({"type": "content_block_delta", "index": index, "delta": delta})
    hidden = block_start(index + 1, "redacted_thinking", data=f"hidden{name}") + block_stop(index + 1)
    opened = block_start(index, "thinking") + text(f"Hm, {name}.", index, "thinking")
    return opened + signature + block_stop(index) + hidden


def round_of(name: str) -> Reply:
    """Thinks, and then asks for a tool."""
    call = tool_request(2, *SUM, key=f"toolu_{name}")
    return Reply.streaming(begin(index=None), thinks(name), call, end("tool_use", index=None))


def as_sent(name: str) -> list[dict[str, Any]]:
    thought = {"type": "thinking", "thinking": f"Hm, {name}.", "signature": f"c2ln{name}=="}
    hidden = {"type": "redacted_thinking", "data": f"hidden{name}"}
    call = {"type": "tool_use", "id": f"toolu_{name}", "name": SUM[0], "input": SUM[1]}
    return [thought, hidden, call]


def said_to(upstream: Upstream, request: int) -> list[list[dict[str, Any]]]:
    """Claude's own blocks in a request, answer by answer, without breakpoints."""
    messages = upstream.requests[request].body["messages"]
    own = [message["content"] for message in messages if message["role"] == "assistant"]
    return [[{key: block[key] for key in block if key != "cache_control"} for block in blocks] for blocks in own]


async def test_each_round_sends_all_thinking_of_the_answer_back_byte_for_byte(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(round_of("A"), round_of("B"), spoken("42."))

    await ended(await ask(alice))

    assert said_to(upstream, 1) == [as_sent("A")]
    assert said_to(upstream, 2) == [as_sent("A"), as_sent("B")]
    exactly = json.dumps(as_sent("A")[0], separators=(",", ":")).encode()
    assert all(exactly in request.raw_body for request in upstream.requests[1:])


async def test_refused_thinking_is_left_out_at_once_and_for_good(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(round_of("A"), STALE, round_of("B"), round_of("C"), spoken("42."))

    turn = await ended(await ask(alice))
    await ended(await ask(alice, "And now?", turn.conversation))

    assert turn.answer.state == State.COMPLETE
    assert [said_to(upstream, request) for request in (1, 2)] == [[as_sent("A")], [as_sent("A")[2:]]]
    assert said_to(upstream, 3) == [as_sent("A")[2:], as_sent("B")], "what Claude thought since then stands"
    assert said_to(upstream, 4) == [as_sent("A")[2:], as_sent("B"), as_sent("C")]
    assert "thinking" not in json.dumps(said_to(upstream, 5))
    assert [block["thinking"] for block in turn.answer.content if block["type"] == "thinking"] == [
        "Hm, A.",
        "Hm, B.",
        "Hm, C.",
    ], "what was thought is kept"


async def test_it_is_booked_as_an_attempt_of_its_own(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(round_of("A"), STALE, spoken("42."))

    rows = await attempts_of(await ended(await ask(alice)))

    assert [(row.attempt, row.reason, row.billed) for row in rows] == [
        (1, "", True),
        (2, "thinking_rejected", False),
        (3, "", True),
    ]
    assert rows[1].cost_usd == 0


async def test_nobody_sees_it(alice: User, upstream: Upstream, worker: Worker) -> None:
    mended = Reply.streaming(begin(), Gate("mended"), text("42."), end())
    upstream.script(round_of("A"), STALE, mended)
    turn = await ask(alice)

    async with window(alice, turn.conversation_id) as seen:
        await seen.frame()
        await upstream.reached("mended")
        upstream.release("mended")
        await seen.frame_with("Answer complete")

    assert not any("did not answer" in frame or "Trying again" in frame for frame in seen.frames)
    assert (await ended(turn)).wait is None


async def test_a_second_refusal_ends_the_turn(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(round_of("A"), STALE, STALE)

    turn = await ended(await ask(alice))

    assert (turn.answer.state, turn.answer.reason) == (State.FAILED, "thinking_rejected")
    assert len(upstream.requests) == 3


async def test_windows_see_that_it_goes_on_and_then_how_long_it_took(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(
        Reply.streaming(
            begin(kind="thinking"), text("Let me see.", kind="thinking"), Gate("thinking"), block_stop(0),
            block_start(1), text("It is", 1), Gate("answering"), text(" 42.", 1), end(index=1),
        )
    )  # fmt: skip
    turn = await ask(alice)
    async with window(alice, turn.conversation_id) as first:
        await upstream.reached("thinking")
        assert "thinking-line" in await first.frame_with("Let me see.")
        upstream.release("thinking")
        assert f'id="message-{turn.answer_id}-part-0-state"' in await first.frame_with("Thought for ")
        await journaled(turn, "It is")
        async with window(alice, turn.conversation_id) as later:
            snapshot = await later.frame()
            upstream.release("answering")
            settled = await later.frame_with("Answer complete")

    for page in (snapshot, settled):
        assert "Thought for " in page
        assert "thinking-line" not in page
    (thought, _) = (await ended(turn)).answer.content
    assert thought["duration_ms"] >= 0


async def test_how_long_it_took_is_never_sent(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(round_of("A"), spoken("42."))

    turn = await ended(await ask(alice))
    await ended(await ask(alice, "And now?", turn.conversation))

    assert any("duration_ms" in block for block in turn.answer.content)
    assert not any(b"duration_ms" in request.raw_body for request in upstream.requests)


async def test_thinking_that_was_stopped_says_no_time(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(Reply.streaming(begin(kind="thinking"), text("Let me", kind="thinking"), Hang()))
    turn = await ask(alice)
    await journaled(turn, "Let me")

    async with window(alice, turn.conversation_id) as seen:
        await seen.frame()
        await stop(turn)
        settled = await seen.frame_with("Answer stopped")

    assert ("Thought for" in settled, "thinking-line" in settled, "Let me" in settled) == (False, False, True)
