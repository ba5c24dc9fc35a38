"""Where breakpoints stand, and what they bring against a cache that is as strict as the API's."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.claude.ask import Ask, Echo, ImagePart, Part, TextPart, ToolResult, ToolSpec, Utterance
from conversations.claude.caching import MOST_BREAKPOINTS
from conversations.claude.catalogue import card
from conversations.claude.request import build_request
from tests.upstream import Upstream
from tests.upstream.cached import CachedChat, share_read

LONG = "Fjords are drowned valleys. " * 200
HOUR = {"type": "ephemeral", "ttl": "1h"}
TOOLS = tuple(ToolSpec(name, "Looks something up.", {"type": "object"}) for name in ("tides", "clock", "zones"))


def question(*parts: Part) -> Utterance:
    return Utterance("user", parts)


def echoed(*blocks: dict[str, Any]) -> Utterance:
    return Utterance("assistant", tuple(Echo(block) for block in blocks))


def spoken(text: str) -> Utterance:
    return echoed({"type": "text", "text": text})


def tool_round(calls: int) -> tuple[Utterance, Utterance]:
    ids = [f"toolu_{number}" for number in range(calls)]
    asked = echoed(*({"type": "tool_use", "id": id_, "name": "tides", "input": {}} for id_ in ids))
    return asked, question(*(ToolResult(id_, "High.") for id_ in ids))


def ask(*history: Utterance, **more: Any) -> Ask:
    return Ask("claude-opus-5-5", history or (question(TextPart(LONG)),), max_tokens=2000, **more)


def breakpoints(request: dict[str, Any]) -> list[tuple[str, str]]:
    """Part and lifetime of each, in the order in which the API reads them."""
    blocks = [("tools", block) for block in request.get("tools", ())]
    blocks += [("system", block) for block in request.get("system", ())]
    blocks += [("messages", block) for message in request["messages"] for block in message["content"]]
    blocks += [("automatic", request)]
    marked = ((part, block["cache_control"]) for part, block in blocks if "cache_control" in block)
    return [(part, mark.get("ttl", "5m")) for part, mark in marked]


def prefix(request: dict[str, Any]) -> list[bytes]:
    """What the API compares, block by block: breakpoints are no part of it."""
    blocks = [*request.get("tools", ()), *request.get("system", ())]
    blocks += [{**block, "of": message["role"]} for message in request["messages"] for block in message["content"]]
    return [orjson.dumps({key: value for key, value in block.items() if key != "cache_control"}) for block in blocks]


def test_what_is_the_same_for_everyone_is_kept_for_an_hour_and_the_chat_for_five_minutes() -> None:
    request = build_request(ask(system=LONG, instructions="Be brief."))

    assert breakpoints(request) == [("system", "1h"), ("system", "1h"), ("automatic", "5m")]
    assert [block["text"] for block in request["system"]] == [LONG, "Be brief."]


def test_a_short_system_prompt_rides_along_without_a_breakpoint_of_its_own() -> None:
    assert breakpoints(build_request(ask(system="Be brief."))) == [("automatic", "5m")]


def test_what_is_too_short_for_the_model_gets_none() -> None:
    assert breakpoints(build_request(ask(question(TextPart("Hi.")), system="Be brief."))) == []


@pytest.mark.parametrize("model", ["claude-haiku-4-5", "claude-opus-5-5"])
def test_the_least_length_is_the_models(model: str) -> None:
    words = "x" * (2 * 1000)  # about a thousand tokens at most

    marked = breakpoints(build_request(replace(ask(question(TextPart(words))), model=model)))

    assert bool(marked) == (card(model).min_cacheable_tokens <= 1000)


def test_tools_stand_in_the_order_of_their_names() -> None:
    one, other = build_request(ask(tools=TOOLS)), build_request(ask(tools=TOOLS[::-1]))

    assert one == other
    assert [tool["name"] for tool in one["tools"]] == ["clock", "tides", "zones"]


def test_a_head_that_other_chats_share_is_kept_for_an_hour_where_a_breakpoint_is_left() -> None:
    head = question(TextPart(LONG), TextPart("These are the files."))
    chat = (head, question(TextPart("What grows?")), spoken("Moss."), question(TextPart("And there?")))
    told: dict[str, Any] = {"system": LONG, "instructions": "Be brief.", "has_shared_head": True}

    first, later = build_request(ask(*chat[:2], **told)), build_request(ask(*chat, **told))
    wide = build_request(ask(*chat, *tool_round(10), **told))
    short = build_request(ask(question(TextPart("A file.")), question(TextPart(LONG)), has_shared_head=True))

    expected = [("system", "1h"), ("system", "1h"), ("messages", "1h"), ("automatic", "5m")]
    assert breakpoints(first) == breakpoints(later) == expected
    assert first["messages"][0]["content"][-1]["cache_control"] == HOUR
    assert breakpoints(wide) == [("system", "1h"), ("system", "1h"), ("messages", "5m"), ("automatic", "5m")]
    assert breakpoints(short) == [("automatic", "5m")]


def test_a_round_of_many_tools_gets_a_breakpoint_where_the_request_before_it_ended() -> None:
    calls, results = tool_round(10)
    before = (question(TextPart(LONG)), spoken("A valley."), question(TextPart("And the tides?")))

    wide = build_request(ask(*before, calls, results))
    narrow = build_request(ask(*before, *tool_round(9)))

    assert wide["messages"][2]["content"][-1]["cache_control"] == {"type": "ephemeral"}
    assert breakpoints(wide) == [("messages", "5m"), ("automatic", "5m")]
    assert breakpoints(narrow) == [("automatic", "5m")]


texts = st.text("ab \n", min_size=1, max_size=30).filter(str.strip)
pictures = st.binary(min_size=1, max_size=20).map(lambda data: ImagePart("image/png", data))
questions = st.lists(st.one_of(texts.map(TextPart), pictures), min_size=1, max_size=4).map(
    lambda parts: question(*parts)
)
rounds = st.integers(min_value=0, max_value=14)


@st.composite
def chats(draw: st.DrawFn) -> list[Utterance]:
    history: list[Utterance] = []
    for _ in range(draw(st.integers(min_value=1, max_value=6))):
        history.append(draw(questions))
        if calls := draw(rounds):
            history += tool_round(calls)
        history.append(spoken(draw(texts)))
    return [*history, draw(questions)]


@given(
    chats(),
    st.sampled_from(["", LONG]),
    st.sampled_from(["", "Be brief."]),
    st.permutations(TOOLS),
    st.sampled_from([None, question(TextPart("A file.")), question(TextPart(LONG))]),
)
def test_each_request_begins_with_all_of_the_one_before(
    chat: list[Utterance], system: str, own: str, tools: list[ToolSpec], head: Utterance | None
) -> None:
    chat = [head, *chat] if head else chat
    ends = [place for place, utterance in enumerate(chat, 1) if utterance.role == "user"]
    requests = [
        build_request(
            ask(
                *chat[:end],
                system=system,
                instructions=own,
                tools=tuple(tools[place % 3 :] + tools[: place % 3]),
                has_shared_head=head is not None,
            )
        )
        for place, end in enumerate(ends)
    ]

    for earlier, later in pairwise(requests):
        assert prefix(later)[: len(prefix(earlier))] == prefix(earlier)
    for request in requests:
        lifetimes = [lifetime for _, lifetime in breakpoints(request)]
        assert len(lifetimes) <= MOST_BREAKPOINTS
        assert lifetimes == sorted(lifetimes)  # an hour stands before five minutes


async def test_nine_tenths_of_a_chat_with_tools_and_a_picture_come_from_the_cache(upstream: Upstream) -> None:
    chat = CachedChat(upstream)
    await chat.play(turns=2)

    ended = await chat.play(turns=18)

    assert share_read(ended) >= 0.9
    assert all(attempt.tokens.cache_read > 0 for attempt in ended)


async def test_after_a_pause_the_part_that_never_changes_is_still_there(upstream: Upstream) -> None:
    chat = CachedChat(upstream, pause_s=20 * 60)

    first, second = await chat.play(turns=2)

    assert (first.tokens.cache_write_1h > 0, first.tokens.cache_read) == (True, 0)
    assert second.tokens.cache_read == first.tokens.cache_write_1h


async def test_the_api_tells_why_its_cache_was_missed(upstream: Upstream) -> None:
    chat = CachedChat(upstream)
    first, second = await chat.play(turns=2)
    chat.instructions = "Be brief."

    (third, *_) = await chat.play(turns=1)

    assert [body["diagnostics"] for body in chat.bodies[:3]] == [
        {"previous_message_id": None},
        {"previous_message_id": "msg_1"},
        {"previous_message_id": "msg_2"},
    ]
    assert (first.cache_miss.reason, second.cache_miss.reason) == ("", "")
    assert (third.cache_miss.reason, third.cache_miss.tokens > 0) == ("system_changed", True)
