"""What travels, and where one listens to it."""

import sys
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


def _bytes_of_fragment(fragment: Fragment) -> int:
    return sys.getsizeof(fragment.html)


def _read_number(key: Any, news: Any) -> tuple[Hashable, int]:
    return None, int(news)


fragments: Topic[Fragment] = Topic(
    "fragments", read=_read_fragment, bytes_of=_bytes_of_fragment
)  # key: the conversation's id
queued_turns: Topic[int] = Topic("queued-turns", read=_read_number)  # news: the id of a turn that waits for a worker
stop_requests: Topic[int] = Topic(
    "stop-requests", read=_read_number
)  # news: the id of a turn that somebody wants to stop
roster_changes: Topic[int] = Topic("roster-changes", read=_read_number)  # news: how many models there are now
