"""daphne's server in this process, with bridge and turn worker started when it listens and drained before it ends."""

import asyncio
import logging
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server
from django.conf import settings
from django.utils.module_loading import import_string
from twisted.internet import defer, reactor

from conversations.chores import keeper as chores
from conversations.management import memory
from conversations.management.last_exit import exit_in_time
from conversations.management.sockets import serve_windows, wait_for_room
from conversations.management.work import LOOKS
from conversations.roster import keeper
from conversations.turns import worker
from conversations.wire import link

log = logging.getLogger(__name__)

HANDSHAKE_S = 60
BACKLOG = 1024  # connections that wait to be accepted: Twisted's 50 would make browsers try again seconds later


class Site(Server):  # type: ignore[misc]  # daphne ships no types
    """Runs until SIGTERM or Ctrl-C. `fault` then says why it could not start, "" when it could."""

    def __init__(self, *, on_open: Callable[[], None], takes_turns: bool = True) -> None:
        super().__init__(
            import_string(settings.ASGI_APPLICATION),
            endpoints=[f"{endpoint}:backlog={BACKLOG}" for endpoint in _endpoints()],
            signal_handlers=False,
            # A window without a sign of life for 30 s goes.
            ping_interval=15,
            ping_timeout=15,
            # By default daphne ends each socket after a day with code 1000, from which htmx does not come back.
            websocket_timeout=-1,
            # When a thousand windows come back at once, the last wait longer than daphne's 5 s. Dropped, they would
            # come again, and the work that was done for them would be for nothing.
            websocket_handshake_timeout=HANDSHAKE_S,
            websocket_connect_timeout=HANDSHAKE_S,
            verbosity=2,  # below it, daphne throws errors of Twisted away
            server_name="Chatsite",
            ready_callable=self._listening,
        )
        self.fault = ""
        self._on_open = on_open
        self._takes_turns = takes_turns
        self._is_stopping = False
        self._clearing: asyncio.Task[None] | None = None

    def listen_error(self, failure: Any) -> None:
        error = getattr(failure.value, "socketError", failure.value)
        reason = getattr(error, "strerror", None) or str(error)
        self.fault = f"Cannot listen on {settings.HOST}:{settings.PORT} (HOST, PORT): {reason}."
        self.stop()

    def _listening(self) -> None:
        """daphne listens, and its loop starts next."""
        serve_windows(self.ws_factory)
        if settings.PORT == 0:
            know_port(self.listening_addresses[0][1])
        loop = asyncio.get_event_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop_once)
        self._opening = loop.create_task(self._open(), name="site-opening")

    async def _open(self) -> None:
        logging.captureWarnings(True)  # Twisted has just redirected them to its own log, where they would go unseen
        try:
            await link.join(settings.REDIS_URL, hearing=link.ALL if self._takes_turns else link.FOR_WINDOWS)
            await keeper.start(asks_api=self._takes_turns)
            await worker.start(takes_turns=self._takes_turns)
            if self._takes_turns:
                chores.start(*LOOKS)
        except Exception as error:
            log.exception("worker did not start")
            self.fault = f"The turn worker did not start: {type(error).__name__}."
            self._stop_once()
            return
        memory.settle()
        self._clearing = asyncio.create_task(memory.clear_now_and_then(), name="memory")
        self._on_open()

    async def handle_reply(self, protocol: Any, message: Any) -> None:
        """An application that sends waits for its peer to read."""
        await super().handle_reply(protocol, message)
        if message["type"] == "websocket.send":
            await wait_for_room(protocol)

    def _stop_once(self) -> None:
        if not self._is_stopping:
            self._is_stopping = True
            log.info("site stops", extra={"drain_s": settings.DRAIN_S})
            reactor.stop()  # type: ignore[misc]  # an object in the shape of a module

    def kill_all_applications(self) -> Any:
        """daphne's trigger before the shutdown of Twisted: first the turns end, then sockets and requests."""
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._drain()))

    async def _drain(self) -> None:
        exit_in_time()
        await self._opening
        if self._clearing:
            self._clearing.cancel()
        try:
            await chores.stop()
            await worker.drain(settings.DRAIN_S)
            await keeper.stop()
            await link.leave()
        except Exception:
            log.exception("worker did not drain")
        with suppress(KeyError):  # daphne forgets that an ended application has left its connection
            await super().kill_all_applications().asFuture(asyncio.get_running_loop())


def _endpoints() -> list[str]:
    endpoints: list[str] = build_endpoint_description_strings(host=settings.HOST, port=settings.PORT)
    return endpoints


def know_port(port: int) -> None:
    """Fill in the port that was free into what was derived from PORT=0."""
    settings.PORT = port
    settings.PUBLIC_ORIGINS[:] = [
        f"{origin.removesuffix('0')}{port}" if origin.endswith(":0") else origin for origin in settings.PUBLIC_ORIGINS
    ]


def address() -> str:
    host = f"[{settings.HOST}]" if ":" in settings.HOST else settings.HOST
    return f"http://{host}:{settings.PORT}"
