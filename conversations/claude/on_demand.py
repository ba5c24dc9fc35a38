"""Connections to Claude that are read only while somebody waits for what they bring.

asyncio reads a socket as soon as something is there: a turn of the loop and a system call or two for each delta, also
while the reader rests until the next tick. With a hundred answers that was a third of all that a delta costs. A paused
connection leaves its deltas with the kernel, and the next reading takes them all at once.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Self, cast

import aiohttp
from aiohttp.connector import Connection


class OnDemandResponse(aiohttp.ClientResponse):
    """A response whose body is an OnDemand."""

    async def start(self, connection: Connection) -> Self:
        await super().start(connection)
        if connection.transport is not None:
            body = OnDemand(self.content, connection.transport)
            self.content = cast(aiohttp.StreamReader, body)
        return self


class OnDemand:
    """A body for `iter_chunked`, which is how the SDK's transport reads it. In all else it is what it wraps.

    A body that has ended has given its connection back to the pool, where somebody else may be using it by now.
    """

    def __init__(self, body: aiohttp.StreamReader, transport: asyncio.Transport) -> None:
        self._body = body
        self._transport = transport

    async def iter_chunked(self, size: int) -> AsyncIterator[bytes]:
        body, transport = self._body, self._transport
        while chunk := await body.read(size):
            if not body.is_eof():
                transport.pause_reading()
            yield chunk
            if not body.is_eof():
                transport.resume_reading()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._body, name)
