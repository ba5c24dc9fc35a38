"""News that wait for Redis. Filled from any thread, emptied by the bridge, and never more than QUEUE_BYTES."""

import asyncio
import threading
from collections import defaultdict, deque
from collections.abc import Hashable
from typing import Any

import orjson

from conversations.wire.hub import running_loop

QUEUE_BYTES = 8 * 1024 * 1024  # beyond it the oldest are dropped: windows see a gap, and get a snapshot


class Outbox:
    """Closed at first: while it is, whatever is put in is thrown away."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()
        self._emptied.set()
        self._lock = threading.Lock()
        self._waiting: deque[tuple[bytes, bytes]] = deque()  # channel and JSON
        self._bytes = 0
        self._is_open = False

    def open(self) -> None:
        self._is_open = True

    def close(self) -> None:
        self._is_open = False
        self._empty()

    def put(self, channel: bytes, key: Hashable, news: Any) -> None:
        if not self._is_open:
            return
        item = orjson.dumps((key, news))
        with self._lock:
            self._waiting.append((channel, item))
            self._bytes += len(item)
            while self._bytes > QUEUE_BYTES:
                self._bytes -= len(self._waiting.popleft()[1])
        if running_loop() is self._loop:
            self._wake()
        else:
            self._loop.call_soon_threadsafe(self._wake)

    async def take(self) -> list[tuple[bytes, bytes]]:
        """All that waits, as one JSON list for each channel. Waits until there is something."""
        if not self._waiting:
            self._filled.clear()
            self._emptied.set()
            await self._filled.wait()
        by_channel: defaultdict[bytes, list[bytes]] = defaultdict(list)
        for channel, item in self._empty():
            by_channel[channel].append(item)
        return [(channel, b"[" + b",".join(items) + b"]") for channel, items in by_channel.items()]

    async def emptied(self) -> None:
        """Returns once all is taken, and whoever took it came back for more."""
        await self._emptied.wait()

    def _wake(self) -> None:
        self._filled.set()
        self._emptied.clear()

    def _empty(self) -> deque[tuple[bytes, bytes]]:
        with self._lock:
            taken, self._waiting, self._bytes = self._waiting, deque(), 0
        return taken
