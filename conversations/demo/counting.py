"""Plausible token counts of a prompt, piece by piece in the order in which the API reads it."""

from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import orjson

from conversations.claude.catalogue import card
from conversations.claude.counts import estimated_tokens
from conversations.claude.tokens import TOKENS_PER_PAGE, image_tokens

from .pictures import size_px
from .scenes import blocks_of

TOKENS_PER_MESSAGE = 4  # what the frame around a message costs
# A change of these costs the cache from here on.
BEFORE_SYSTEM = ("speed",)
BEFORE_MESSAGES = ("tool_choice", "thinking", "output_config")


@dataclass(frozen=True, slots=True)
class Piece:
    """One block of a prompt. `mark` stands for everything up to its end, `own` for the block alone.

    `ttl` is "" where it is no breakpoint.
    """

    part: str  # tools, system, messages
    tokens: int
    own: bytes
    mark: bytes
    ttl: str
    is_cacheable: bool


def prompt_tokens(body: dict[str, Any]) -> int:
    return sum(piece.tokens for piece in pieces(body))


def lifetimes(body: dict[str, Any]) -> list[str]:
    """Those of the breakpoints, in the order of the prompt."""
    marks = [block.get("cache_control") for _, block, _ in _blocks(body)] + [body.get("cache_control")]
    return [mark.get("ttl", "5m") for mark in marks if mark]


def pieces(body: dict[str, Any]) -> list[Piece]:
    mark = blake2b(body["model"].encode(), digest_size=16)
    found = []
    for part, block, frame_tokens in _blocks(body):
        breakpoint_ = block.get("cache_control") or {}
        said = {name: value for name, value in block.items() if name != "cache_control"}
        own = orjson.dumps([part, said])
        mark.update(own)
        if block["type"] != "settings":
            tokens = _tokens(said, body["model"]) + frame_tokens
            ttl = breakpoint_.get("ttl", "5m") if breakpoint_ else ""
            is_cacheable = block["type"] not in ("thinking", "redacted_thinking")
            found.append(Piece(part, tokens, blake2b(own).digest(), mark.digest(), ttl, is_cacheable))
    return found


def _blocks(body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], int]]:
    """Part, block, and what the frame costs that begins with it."""
    for tool in body.get("tools") or ():
        yield "tools", {"type": "custom", **tool}, 0
    yield "system", _settings(body, BEFORE_SYSTEM), 0
    if body.get("system"):
        for block in blocks_of({"content": body["system"]}):
            yield "system", block, TOKENS_PER_MESSAGE
    yield "messages", _settings(body, BEFORE_MESSAGES), 0
    for message in body["messages"]:
        for place, block in enumerate(blocks_of(message)):
            yield "messages", {**block, "of": message["role"]}, 0 if place else TOKENS_PER_MESSAGE


def _settings(body: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "settings", **{name: body.get(name) for name in names}}


def _tokens(block: dict[str, Any], model: str) -> int:
    if block["type"] == "text":
        return estimated_tokens(len(block["text"]))
    if block["type"] == "image":
        size = size_px(b64decode(block["source"]["data"]))
        return image_tokens(*size, card(model)) if size else 0
    if block["type"] == "document":
        return _document_tokens(block["source"])
    return estimated_tokens(len(orjson.dumps(block)))


def _document_tokens(source: dict[str, Any]) -> int:
    """Of a PDF by its size, since the stand-in opens none to count: about 50 kB a page."""
    if source["type"] == "text":
        return estimated_tokens(len(source["data"]))
    return (1 + len(source["data"]) // 66_000) * TOKENS_PER_PAGE
