"""The prompt cache as the API keeps it: written at breakpoints, found by looking back from them, gone with time."""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Any

from conversations.claude.catalogue import card

from .counting import Piece, pieces

LIFETIME_S = {"5m": 5 * 60.0, "1h": 60 * 60.0}
LOOK_BACK = 20
MOST_ENTRIES = 2000

Asked = tuple[str, list[Piece]]  # the model and the prompt


class PromptCache:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ends_at: OrderedDict[bytes, float] = OrderedDict()
        self._asked: OrderedDict[str, Asked] = OrderedDict()  # by the id of the message that answered it

    def usage(self, body: dict[str, Any]) -> dict[str, Any]:
        """The input side of `usage`, as the API reports it; reading refreshes an entry."""
        prompt = pieces(body)
        least = card(body["model"]).min_cacheable_tokens
        ends = {at: ttl for at, ttl in _breakpoints(body, prompt).items() if _tokens(prompt[: at + 1]) >= least}
        read_to = self._found(prompt, ends)
        written = self._write(prompt, ends, read_to)
        read = _tokens(prompt[: read_to + 1])
        split = {f"ephemeral_{ttl}_input_tokens": count for ttl, count in written.items()}
        return {
            "input_tokens": _tokens(prompt) - read - sum(written.values()),
            "cache_read_input_tokens": read,
            "cache_creation_input_tokens": sum(written.values()),
            "cache_creation": split,
        }

    def diagnostics(self, body: dict[str, Any], message_id: str) -> dict[str, Any] | None:
        """Why the prompt does not begin like the one that was answered before, as the API tells it when asked."""
        now = body["model"], pieces(body)
        _keep(self._asked, message_id, now)
        before = (body.get("diagnostics") or {}).get("previous_message_id")
        if before is None:
            return None
        earlier = self._asked.get(before)
        if earlier is None:
            return {"cache_miss_reason": {"type": "previous_message_not_found"}}
        return _difference(earlier, now)

    def _found(self, prompt: Sequence[Piece], ends: dict[int, str]) -> int:
        """The last place that can be read from the cache; -1 for nothing."""
        now = self._clock()
        places = sorted({end - back for end in ends for back in range(LOOK_BACK) if end >= back}, reverse=True)
        found = next((at for at in places if self._ends_at.get(prompt[at].mark, 0) > now), -1)
        if found >= 0:
            lifetime = LIFETIME_S[ends.get(found, "5m")]
            self._ends_at[prompt[found].mark] = max(self._ends_at[prompt[found].mark], now + lifetime)
        return found

    def _write(self, prompt: Sequence[Piece], ends: dict[int, str], read_to: int) -> dict[str, int]:
        """Tokens written for each lifetime."""
        written = dict.fromkeys(LIFETIME_S, 0)
        begin = read_to + 1
        for end, ttl in sorted(ends.items()):
            lives_until = self._clock() + LIFETIME_S[ttl]
            _keep(self._ends_at, prompt[end].mark, max(self._ends_at.get(prompt[end].mark, 0), lives_until))
            written[ttl] += _tokens(prompt[begin : end + 1])
            begin = max(begin, end + 1)
        return written


def _breakpoints(body: dict[str, Any], prompt: Sequence[Piece]) -> dict[int, str]:
    """Places with their lifetimes, the automatic one at the last block that can be cached."""
    ends = {at: piece.ttl for at, piece in enumerate(prompt) if piece.ttl}
    if automatic := body.get("cache_control"):
        last = max(at for at, piece in enumerate(prompt) if piece.is_cacheable)
        ends[last] = automatic.get("ttl", "5m")
    return ends


def _difference(earlier: Asked, now: Asked) -> dict[str, Any] | None:
    changed = _changed(earlier, now)
    if not changed:
        return None
    same = takewhile(lambda pair: pair[0].mark == pair[1].mark, zip(earlier[1], now[1], strict=False))
    missed = _tokens(earlier[1][sum(1 for _ in same) :])
    return {"cache_miss_reason": {"type": f"{changed}_changed", "cache_missed_input_tokens": missed}}


def _changed(earlier: Asked, now: Asked) -> str:
    """The first part that is not as it was, or, of the messages, does not begin as it did."""
    if earlier[0] != now[0]:
        return "model"
    for part in ("tools", "system"):
        if _of(part, earlier) != _of(part, now):
            return part
    before = _of("messages", earlier)
    return "" if _of("messages", now)[: len(before)] == before else "messages"


def _of(part: str, asked: Asked) -> list[bytes]:
    return [piece.own for piece in asked[1] if piece.part == part]


def _tokens(prompt: Sequence[Piece]) -> int:
    return sum(piece.tokens for piece in prompt)


def _keep(kept: OrderedDict[Any, Any], key: Any, value: Any) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > MOST_ENTRIES:
        kept.popitem(last=False)
