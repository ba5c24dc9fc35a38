"""The wire at its worst: what one process publishes reaches the windows of another one only as the walk says."""

import asyncio
from collections.abc import Callable, Hashable

from conversations.wire.hub import Listener, Topic, nothing
from conversations.wire.topics import Fragment


class WorstWire(Topic[Fragment]):
    """A topic between two processes that delivers nothing by itself. The parts that listen are the real ones."""

    def __init__(self) -> None:
        super().__init__("fragments", read=lambda key, news: (key, news))
        self.published: list[Fragment] = []
        self.newest: Listener[Fragment]  # of the window that was opened last
        self._taken = 0
        self.joined = asyncio.Event()

    def publish(self, news: Fragment, key: Hashable = None) -> None:
        self.published.append(news)

    def take_new(self) -> list[Fragment]:
        """What was published since the last call."""
        new = self.published[self._taken :]
        self._taken = len(self.published)
        return new

    def listen(self, key: Hashable = None, *, on_overflow: Callable[[], None] = nothing) -> Listener[Fragment]:
        self.newest = super().listen(key, on_overflow=on_overflow)
        self.joined.set()
        return self.newest
