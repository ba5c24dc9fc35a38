"""A browser window in a test: the socket with cookie and origin, and the page that its frames would make."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client

from chatsite.asgi import application
from conversations.models import User

PATIENCE_S = 20
REVISION = re.compile(r'<data id="revision" value="(\d+)"')


class Window:
    def __init__(self, socket: WebsocketCommunicator) -> None:
        self._socket = socket
        self.frames: list[str] = []

    async def frame(self) -> str:
        """The next frame."""
        frame = str(await self._socket.receive_from(timeout=PATIENCE_S))
        self.frames.append(frame)
        return frame

    async def frame_with(self, words: str) -> str:
        """The next frame that holds these words; frames before it are kept in `frames`."""
        while words not in (frame := await self.frame()):
            pass
        return frame

    @property
    def has_frame(self) -> bool:
        """Whether one has come already."""
        return not self._socket.output_queue.empty()

    async def is_quiet(self) -> bool:
        return bool(await self._socket.receive_nothing(timeout=0.2))

    async def closed_with(self) -> int:
        message = await self._socket.receive_output(timeout=PATIENCE_S)
        assert message["type"] == "websocket.close", message
        return int(message["code"])

    @property
    def revisions(self) -> list[int]:
        return [int(REVISION.findall(frame)[0]) for frame in self.frames]


@asynccontextmanager
async def window(
    person: User | None,
    conversation_id: UUID,
    *,
    seen: object = "",
    origin: str | None = settings.PUBLIC_ORIGINS[0],
) -> AsyncIterator[Window]:
    headers = [(b"host", b"localhost")]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    if person is not None:
        headers.append((b"cookie", await _cookie(person)))
    socket = WebsocketCommunicator(application, f"/ws/c/{conversation_id}/?seen={seen}", headers=headers)
    connected, code = await socket.connect(timeout=PATIENCE_S)
    assert connected, f"refused with {code}"
    try:
        yield Window(socket)
    finally:
        await socket.disconnect()


@database_sync_to_async
def _cookie(person: User) -> bytes:
    client = Client()
    client.force_login(person)
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}".encode()


@asynccontextmanager
async def watched_queries(lost: int = 0) -> AsyncIterator[list[str]]:
    """The queries of sockets, the first of which the database does not answer."""
    seen: list[str] = []

    def watch(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        seen.append(sql)
        if len(seen) <= lost:
            raise OperationalError("no route to the database")
        return execute(sql, *rest)

    # A connection belongs to its thread, and all sockets share one.
    await database_sync_to_async(lambda: connection.execute_wrappers.append(watch))()
    yield seen
    await database_sync_to_async(lambda: connection.execute_wrappers.remove(watch))()
