"""The open end of an answer as nested open elements, and the least that turns one state of it into the next.

Only the last child of each level is open, so everything can be said with two steps: take away the open child of one
level, then append there. The levels have ids (`{prefix}-grow-1` is the outermost), so that the page finds them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Level:
    """An open element: its start tag without the bracket that ends it, and the HTML of what it already holds."""

    tag: str  # '<ol dir="auto" start="2"'
    held: list[str] = field(default_factory=list)

    def html(self) -> str:
        return "".join(self.held)


@dataclass(frozen=True, slots=True)
class Step:
    """Take away the element of level `dropped` (0: none), then append `html` inside level `into` (0: the container)."""

    dropped: int
    into: int
    html: str


def drawn(levels: Sequence[Level], prefix: str, *, outer: int = 1) -> str:
    """The HTML of nested levels, the first of which has the number `outer`."""
    opened = [f'{level.tag} id="{prefix}-grow-{outer + at}">{level.html()}' for at, level in enumerate(levels)]
    closed = [f"</{level.tag[1:].split(' ', 1)[0]}>" for level in reversed(levels)]
    return "".join(opened + closed)


def step_between(old: Sequence[Level], new: Sequence[Level], prefix: str) -> Step | None:
    """Level 0 of both is the container. None: only drawing the container anew leads from one to the other."""
    at, added = 0, ""
    while not added and at < min(len(old), len(new)) and old[at].tag == new[at].tag:
        before, after = old[at].html(), new[at].html()
        if not after.startswith(before):
            break
        added = after[len(before) :]
        at += 1
    if not at:
        return None
    return Step(at if len(old) > at else 0, at - 1, added + drawn(new[at:], prefix, outer=at))
