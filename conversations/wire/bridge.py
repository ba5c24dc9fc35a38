"""News between processes: one Redis subscription per process, which feeds the topics of this one.

Redis may go away, come back empty or stand still: what gets lost are news, never facts. While it is away the topics are
`is_cut`, and whoever listens looks at the rows instead, at once and then more often. Who publishes never waits for it.
"""

import asyncio
import logging
import secrets
from collections.abc import Collection
from contextlib import suppress
from functools import partial
from itertools import chain, repeat
from typing import Any

import orjson
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import RedisError

from conversations.wire.hub import Topic
from conversations.wire.outbox import Outbox

log = logging.getLogger(__name__)

# After so much silence Redis is asked for a sign, and has as long again to give one. The library's own default would
# close a subscription that is merely idle.
SILENCE_S = 2.0
PAUSES_S = (0.1, 0.2, 0.4, 0.8, 1.0)  # between tries to connect; then the last one again and again
LEAVE_WITHIN_S = 0.3  # for the last news of a process that ends


class Bridge:
    """Carries what is published on the topics of `carried`; brings what others published on those of `heard`."""

    def __init__(self, url: str, *, carried: Collection[Topic[Any]], heard: Collection[Topic[Any]]) -> None:
        self._redis = client(url)
        self._name = secrets.token_bytes(8)  # at the head of each message, to know our own when they come back
        self._carried = {self._channel(topic): topic for topic in carried}
        self._heard = {self._channel(topic): topic for topic in heard}
        self._outbox = Outbox()
        self._has_tried = asyncio.Event()
        self._is_up = False
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Waits for the first try to connect, not for its success."""
        for channel, topic in self._carried.items():
            topic.relay = partial(self._outbox.put, channel)
        self._task = asyncio.create_task(self._keep_up(), name="wire-bridge")
        await self._has_tried.wait()

    async def close(self) -> None:
        """Lets go what still waits, as far as Redis takes it at once."""
        for topic in self._carried.values():
            topic.relay = None
        if self._is_up:
            with suppress(TimeoutError):
                async with asyncio.timeout(LEAVE_WITHIN_S):
                    await self._outbox.emptied()
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._redis.aclose()
        for topic in self._heard.values():
            topic.is_cut = False

    async def _keep_up(self) -> None:
        pauses = _pauses()
        while True:
            try:
                async with self._redis.pubsub() as subscription:
                    await self._subscribe(subscription)
                    self._came_up()
                    pauses = _pauses()
                    async with asyncio.TaskGroup() as both:
                        both.create_task(self._send())
                        both.create_task(self._hear(subscription))
            except* (RedisError, OSError) as errors:
                self._went_down(errors)
            self._has_tried.set()
            await asyncio.sleep(next(pauses))

    async def _subscribe(self, subscription: PubSub) -> None:
        """Returns once Redis has confirmed it: news from then on arrive."""
        await subscription.subscribe(*self._heard)
        for _ in self._heard:
            if await subscription.get_message(timeout=SILENCE_S) is None:
                raise Unreachable("no answer")

    def _came_up(self) -> None:
        self._is_up = True
        self._outbox.open()
        self._has_tried.set()
        log.info("redis joined")
        for topic in self._heard.values():
            topic.is_cut = False
            topic.doubt()  # what was published meanwhile has passed us by

    def _went_down(self, errors: BaseExceptionGroup[BaseException]) -> None:
        if self._is_up or not self._has_tried.is_set():
            log.warning("redis away", extra={"error": type(errors.exceptions[0]).__name__})
        was_up, self._is_up = self._is_up, False
        self._outbox.close()
        for topic in self._heard.values():
            topic.is_cut = True
            if was_up:
                topic.doubt()

    async def _send(self) -> None:
        while True:
            for channel, news in await self._outbox.take():
                await self._redis.publish(channel, self._name + news)

    async def _hear(self, subscription: PubSub) -> None:
        is_asked = False
        while True:
            message = await subscription.get_message(timeout=SILENCE_S)
            if message is None and is_asked:
                raise Unreachable("silent")
            if message is None:
                await subscription.ping()
            elif message["type"] == "message":
                self._deliver(self._heard[message["channel"]], message["data"])
            is_asked = message is None

    def _deliver(self, topic: Topic[Any], message: bytes) -> None:
        if message.startswith(self._name):
            return
        try:
            for item in orjson.loads(memoryview(message)[len(self._name) :]):
                key, news = topic.read(*item)
                topic.deliver(news, key)
        except (ValueError, TypeError, KeyError):  # of another release, say
            log.warning("news not understood", extra={"topic": topic.name})
            topic.doubt()

    def _channel(self, topic: Topic[Any]) -> bytes:
        """Redis has its databases apart, but not their channels."""
        database = self._redis.connection_pool.connection_kwargs.get("db", 0)
        return f"chatsite:{database}:{topic.name}".encode()


def client(url: str) -> Redis:
    """One that gives up quickly and leaves trying again to us."""
    return Redis.from_url(
        url,
        socket_timeout=SILENCE_S,
        socket_connect_timeout=SILENCE_S,
        retry=Retry(NoBackoff(), 0),
    )


async def is_reachable(url: str) -> bool:
    async with client(url) as redis:
        try:
            return bool(await redis.ping())
        except (RedisError, OSError):
            return False


def _pauses() -> "chain[float]":
    return chain(PAUSES_S, repeat(PAUSES_S[-1]))
