"""Plausible token counts, and a memory of prefixes that makes the prompt cache visible."""

import time
from base64 import b64decode
from collections import OrderedDict
from hashlib import blake2b
from typing import Any

from conversations.claude.catalogue import card
from conversations.claude.counts import estimated_tokens
from conversations.claude.tokens import image_tokens

from .pictures import size_px
from .scenes import blocks_of

CACHE_S = 5 * 60
MAX_PREFIXES = 2000
TOKENS_PER_MESSAGE = 4  # what the frame around a message costs
TOKENS_BEHIND_BREAKPOINT = 3


def prompt_tokens(body: dict[str, Any]) -> int:
    return sum(tokens for tokens, _ in _steps(body))


class PrefixMemory:
    """Which prompts were sent in the last minutes, whole or as the beginning of a longer one."""

    def __init__(self) -> None:
        self._ends_at: OrderedDict[bytes, float] = OrderedDict()

    def usage(self, body: dict[str, Any]) -> dict[str, Any]:
        """The input side of `usage`, as the API reports it; reading refreshes an entry."""
        now = time.monotonic()
        total = known = 0
        prefixes = []
        for tokens, prefix in _steps(body):
            total += tokens
            prefixes.append(prefix)
            if self._ends_at.get(prefix, 0) > now:
                known = total
        if "cache_control" not in body or total < card(body["model"]).min_cacheable_tokens:
            return _usage(total, 0, 0)
        for prefix in prefixes:
            self._ends_at[prefix] = now + CACHE_S
            self._ends_at.move_to_end(prefix)
        while len(self._ends_at) > MAX_PREFIXES:
            self._ends_at.popitem(last=False)
        return _usage(TOKENS_BEHIND_BREAKPOINT, known, max(0, total - known - TOKENS_BEHIND_BREAKPOINT))


def _usage(fresh: int, read: int, written: int) -> dict[str, Any]:
    return {
        "input_tokens": fresh,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": written,
        "cache_creation": {"ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0},
        "service_tier": "standard",
    }


def _steps(body: dict[str, Any]) -> list[tuple[int, bytes]]:
    """For the system prompt and each message: its tokens, and a mark of everything up to its end."""
    mark = blake2b(body["model"].encode(), digest_size=16)
    steps = []
    system = body.get("system") or ""
    for message in ({"role": "system", "content": system or "-"}, *body["messages"]):
        tokens = TOKENS_PER_MESSAGE if message["role"] != "system" or system else 0
        for block in blocks_of(message):
            tokens += _tokens(block, body["model"])
            mark.update(repr(sorted(block.items())).encode())
        steps.append((tokens, mark.digest()))
    return steps


def _tokens(block: dict[str, Any], model: str) -> int:
    if block["type"] == "text":
        return estimated_tokens(len(block["text"]))
    size = size_px(b64decode(block["source"]["data"]))
    return image_tokens(*size, card(model)) if size else 0
