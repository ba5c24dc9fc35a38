"""What travels, and where one listens to it."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from conversations.wire.hub import Topic


@dataclass(frozen=True, slots=True)
class Fragment:
    """HTML that takes a page from revision - 1 to `revision`."""

    revision: int
    html: str


def _read_fragment(key: Any, news: Any) -> tuple[Hashable, Fragment]:
    return UUID(key), Fragment(int(news["revision"]), str(news["html"]))


def _read_turn(key: Any, news: Any) -> tuple[Hashable, int]:
    return None, int(news)


fragments: Topic[Fragment] = Topic("fragments", read=_read_fragment)  # key: the conversation's id
queued_turns: Topic[int] = Topic("queued-turns", read=_read_turn)  # news: the id of a turn that waits for a worker
stop_requests: Topic[int] = Topic(
    "stop-requests", read=_read_turn
)  # news: the id of a turn that somebody wants to stop
