"""A window that comes while the database is away: it is told to come again, before anybody asks who it is."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from django.db import InterfaceError, OperationalError

COME_AGAIN = 1013  # "try again later": the page does, with growing pauses

log = logging.getLogger(__name__)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Patient:
    """Around what reads the session. Only that asks the database here: a consumer minds its own errors."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._application(scope, receive, send)
        except (InterfaceError, OperationalError):
            log.warning("socket refused: the database does not answer")
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": COME_AGAIN})
