"""What travels, and where one listens to it."""

from dataclasses import dataclass

from conversations.wire.hub import Topic


@dataclass(frozen=True, slots=True)
class Fragment:
    """HTML that takes a page from revision - 1 to `revision`."""

    revision: int
    html: str


fragments: Topic[Fragment] = Topic()  # key: the conversation's id
queued_turns: Topic[int] = Topic()  # news: the id of a turn that waits for a worker
stop_requests: Topic[int] = Topic()  # news: the id of a turn that somebody wants to stop
