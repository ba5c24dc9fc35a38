"""News within this process: topics, and those who listen to them.

Not Channels' layer: that one costs a thread hop for each message and drops what a full channel cannot take.
`publish` may be called from any thread; a listener belongs to the event loop that it was made on.
"""

import asyncio
import threading
from collections import defaultdict, deque
from collections.abc import Hashable
from typing import Generic, TypeVar

News = TypeVar("News")


class Listener(Generic[News]):
    """What was published on a topic since it was made, oldest first."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._news: deque[News] = deque()
        self._arrived = asyncio.Event()

    def put(self, news: News) -> None:
        self._news.append(news)
        self._arrived.set()

    async def next(self) -> News:
        while not self._news:
            self._arrived.clear()
            await self._arrived.wait()
        return self._news.popleft()


class Topic(Generic[News]):
    """One kind of news, told apart by a key such as a conversation's id."""

    def __init__(self) -> None:
        self._listeners: defaultdict[Hashable, set[Listener[News]]] = defaultdict(set)
        self._lock = threading.Lock()

    def listen(self, key: Hashable = None) -> Listener[News]:
        listener = Listener[News]()
        with self._lock:
            self._listeners[key].add(listener)
        return listener

    def leave(self, listener: Listener[News], key: Hashable = None) -> None:
        with self._lock:
            self._listeners[key].discard(listener)
            if not self._listeners[key]:
                del self._listeners[key]

    def publish(self, news: News, key: Hashable = None) -> None:
        if key not in self._listeners:
            return
        with self._lock:
            listeners = tuple(self._listeners.get(key, ()))
        here = _running_loop()
        for listener in listeners:
            if listener.loop is here:
                listener.put(news)
            elif not listener.loop.is_closed():
                listener.loop.call_soon_threadsafe(listener.put, news)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
