"""The site's books against the upstream's own count, turn by turn. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Booked:
    """A turn as the site's books tell it."""

    key: int
    status: str
    reason: str
    is_whole: bool  # whether the stored text is all that was sent
    has_text: bool
    attempts: tuple[tuple[int, bool], ...]  # tokens of each request, and whether they are estimated

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        attempts = tuple((tokens, estimated) for tokens, estimated in told["attempts"])
        return cls(**{**told, "attempts": attempts})


def balance(turns: Iterable[Booked], upstream: Mapping[int, Sequence[int]]) -> Counter[str]:
    """How many turns there are of each verdict. `upstream` has the tokens of each request for a question's key."""
    verdicts: Counter[str] = Counter()
    asked_of_site = set()
    for turn in turns:
        asked_of_site.add(turn.key)
        verdicts[verdict(turn, tuple(upstream.get(turn.key, ())))] += 1
    verdicts["unknown"] = len(upstream.keys() - asked_of_site)
    return verdicts


def verdict(turn: Booked, requests: tuple[int, ...]) -> str:
    """complete, interrupted and guessed are as they should be; stuck, failed, lost and wrong are not."""
    if turn.status in ("queued", "running"):
        return "stuck"
    if turn.status == "complete":
        return _of_complete(turn, requests)
    return _of_interrupted(turn, requests) if turn.reason == "interrupted" else "failed"


def _of_complete(turn: Booked, requests: tuple[int, ...]) -> str:
    if turn.attempts != tuple((tokens, False) for tokens in requests) or len(requests) != 1:
        return "wrong"
    return "complete" if turn.is_whole else "lost"


def _of_interrupted(turn: Booked, requests: tuple[int, ...]) -> str:
    """Booked once, as an estimate. When a process is killed as it asks, nobody knows whether Claude heard of it."""
    if len(turn.attempts) != 1 or not turn.attempts[0][1] or len(requests) > 1:
        return "wrong"
    if requests:
        return "interrupted"
    return "wrong" if turn.has_text else "guessed"
