"""Where a request lets its prompt be cached. Pure.

The API reads a prompt in the order tools, system, messages. It writes its cache at breakpoints alone, and looks for
what it wrote before at each breakpoint and up to LOOK_BACK blocks before it. So what stands first changes least:

    tools      sorted by name, the same for everyone
    system     the site's part, the same for everyone; then the person's instructions. Each ends with a breakpoint that
               holds for an hour: written at twice the price of input instead of 1.25 times, it pays as soon as one
               reader of a chat takes longer than five minutes, or somebody begins another chat within the hour
    files      of a project, where there is one: the first message of each of its chats, and kept for an hour too where
               a breakpoint is left. They are most of what such a chat takes
    messages   only ever appended to. The automatic breakpoint moves with their end and holds for five minutes, the
               cheapest for what is written at every turn

Whatever changes from one question to the next (dates, names, modes) belongs into the newest question.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from .cards import ModelCard
from .events import Block

MOST_BREAKPOINTS = 4
LOOK_BACK = 20  # blocks
BYTES_PER_TOKEN = 2  # hardly any text takes fewer, so that no prompt is taken for shorter than it is
FOR_AN_HOUR = {"type": "ephemeral", "ttl": "1h"}
MOVING = {"type": "ephemeral"}

Message = dict[str, Any]


def with_breakpoints(request: dict[str, Any], model: ModelCard, *, has_shared_head: bool = False) -> dict[str, Any]:
    """The request with its breakpoints; with none below the model's least length, where they would do nothing."""
    tokens = _most_tokens(request.get("tools", ()), model)
    system: list[Block] = []
    for block in request.get("system", ()):
        tokens += _most_tokens([block], model)
        system.append({**block, "cache_control": FOR_AN_HOUR} if tokens >= model.min_cacheable_tokens else block)
    messages = request["messages"]
    sizes = [_most_tokens(message["content"], model) for message in messages]
    if tokens + sum(sizes) < model.min_cacheable_tokens:
        return request
    left = MOST_BREAKPOINTS - 1 - sum("cache_control" in block for block in system)
    marks = dict.fromkeys(list(_out_of_reach(messages))[:left], MOVING)
    if has_shared_head and tokens + sizes[0] >= model.min_cacheable_tokens and len({*marks, 0}) <= left:
        marks[0] = FOR_AN_HOUR
    marked = [_marked(message, marks.get(place)) for place, message in enumerate(messages)]
    return {**request, **({"system": system} if system else {}), "messages": marked, "cache_control": MOVING}


def _out_of_reach(messages: Sequence[Message]) -> Iterable[int]:
    """The places of messages at whose end an earlier request was written, and which no look back would find.

    The question before the newest one is where this chat was written for certain. What followed it in the same turn
    may have lost its thinking since.
    """
    reached = len(messages) - 1  # from here the next look back begins
    for place in (_previous_end(messages), _previous_question(messages)):
        if place is not None and place < reached and _blocks_behind(messages[place : reached + 1]) >= LOOK_BACK:
            yield place
            reached = place


def _blocks_behind(messages: Sequence[Message]) -> int:
    return sum(len(message["content"]) for message in messages[1:])


def _previous_end(messages: Sequence[Message]) -> int | None:
    """Where the request ended that the last answer in the history belongs to."""
    answers = (place for place in range(len(messages) - 1, 0, -1) if messages[place]["role"] == "assistant")
    return next((place - 1 for place in answers if messages[place - 1]["role"] == "user"), None)


def _previous_question(messages: Sequence[Message]) -> int | None:
    if not _is_question(messages[-1]):
        return None
    return next((place for place in range(len(messages) - 2, -1, -1) if _is_question(messages[place])), None)


def _is_question(message: Message) -> bool:
    return message["role"] == "user" and all(block["type"] != "tool_result" for block in message["content"])


def _marked(message: Message, mark: dict[str, str] | None) -> Message:
    if mark is None:
        return message
    *others, last = message["content"]
    return {**message, "content": [*others, {**last, "cache_control": mark}]}


def _most_tokens(blocks: Iterable[Block], model: ModelCard) -> int:
    """How many tokens these may be at most, roughly."""
    return sum(
        model.max_image_tokens if block.get("type") == "image" else len(orjson.dumps(block)) // BYTES_PER_TOKEN
        for block in blocks
    )
