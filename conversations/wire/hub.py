"""News within this process: topics, and those who listen to them. `bridge.py` ties them to those of other processes.

Not Channels' layer: that one costs a thread hop for each message and drops what a full channel cannot take.
`publish` may be called from any thread; a listener belongs to the event loop that it was made on.
"""

import asyncio
import sys
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Generic, TypeVar

News = TypeVar("News")

WAITING_BYTES = 512 * 1024  # of news that a listener did not take yet


def nothing() -> None:
    """What most listeners do when they fall behind."""


class Listener(Generic[News]):
    """What was published on a topic since it was made, oldest first. None stands for news that may have been lost.

    When more than WAITING_BYTES wait they are thrown away, None is put in their place and `on_overflow` is called.
    """

    def __init__(self, bytes_of: Callable[[News], int], on_overflow: Callable[[], None]) -> None:
        self.loop = asyncio.get_running_loop()
        self._news: deque[News | None] = deque()
        self._waiting_bytes = 0
        self._bytes_of = bytes_of
        self._on_overflow = on_overflow
        self._arrived = asyncio.Event()

    def put(self, news: News | None) -> None:
        self._news.append(news)
        self._arrived.set()
        if news is not None:
            self._waiting_bytes += self._bytes_of(news)
            if self._waiting_bytes > WAITING_BYTES and len(self._news) > 1:
                self._overflow()

    def _overflow(self) -> None:
        self._news.clear()
        self._waiting_bytes = 0
        self._news.append(None)
        self._on_overflow()

    def _take(self) -> News | None:
        news = self._news.popleft()
        if news is not None:
            self._waiting_bytes -= self._bytes_of(news)
        return news

    async def next(self) -> News | None:
        while not self._news:
            self._arrived.clear()
            await self._arrived.wait()
        return self._take()

    async def next_within(self, seconds: float) -> News | None:
        """None also when nothing came in time."""
        if self._news:
            return self._take()
        try:
            async with asyncio.timeout(seconds):
                return await self.next()
        except TimeoutError:
            return None


class Topic(Generic[News]):
    """One kind of news, told apart by a key such as a conversation's id.

    `read` makes key and news again of the JSON in which they came from another process, or raises ValueError.
    `bytes_of` tells how much memory news take.
    """

    def __init__(
        self,
        name: str,
        read: Callable[[Any, Any], tuple[Hashable, News]],
        bytes_of: Callable[[News], int] = sys.getsizeof,
    ) -> None:
        self.name = name
        self.read = read
        self._bytes_of = bytes_of
        self.relay: Callable[[Hashable, News], None] | None = None  # takes what is published here to other processes
        self.is_cut = False  # whether news of other processes do not arrive just now
        self._listeners: defaultdict[Hashable, set[Listener[News]]] = defaultdict(set)
        self._lock = threading.Lock()

    def listen(self, key: Hashable = None, *, on_overflow: Callable[[], None] = nothing) -> Listener[News]:
        listener = Listener(self._bytes_of, on_overflow)
        with self._lock:
            self._listeners[key].add(listener)
        return listener

    def leave(self, listener: Listener[News], key: Hashable = None) -> None:
        with self._lock:
            self._listeners[key].discard(listener)
            if not self._listeners[key]:
                del self._listeners[key]

    def publish(self, news: News, key: Hashable = None) -> None:
        if self.relay:
            self.relay(key, news)
        self.deliver(news, key)

    def deliver(self, news: News, key: Hashable = None) -> None:
        """To those who listen in this process."""
        if key not in self._listeners:
            return
        with self._lock:
            listeners = tuple(self._listeners.get(key, ()))
        _put(listeners, news)

    def doubt(self) -> None:
        """News may have been lost: everybody who listens here should look for themselves."""
        with self._lock:
            listeners = [listener for listeners in self._listeners.values() for listener in listeners]
        _put(listeners, None)


def _put(listeners: Iterable[Listener[News]], news: News | None) -> None:
    here = running_loop()
    for listener in listeners:
        if listener.loop is here:
            listener.put(news)
        elif not listener.loop.is_closed():
            listener.loop.call_soon_threadsafe(listener.put, news)


def running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
