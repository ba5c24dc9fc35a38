"""Processes that share a Redis: here each is a bridge with topics of its own."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from conversations.wire.bridge import Bridge
from conversations.wire.hub import Topic
from tests.redis import RedisServer


def read_number(key: Any, news: Any) -> tuple[str, int]:
    return str(key), int(news)


class Process:
    """One process of a site, as far as its news go. It hears what it carries."""

    def __init__(self, url: str) -> None:
        self.topic: Topic[int] = Topic("numbers", read=read_number)
        self.bridge = Bridge(url, carried=[self.topic], heard=[self.topic])


Join = Callable[..., Any]


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def join(redis: RedisServer) -> AsyncIterator[Join]:
    """Start a process; they all end with the test."""
    async with AsyncExitStack() as processes:

        async def joined(url: str = "") -> Process:
            process = Process(url or redis.url)
            await process.bridge.open()
            processes.push_async_callback(process.bridge.close)
            return process

        yield joined
