"""What daphne's sockets lack: sending waits for a window that does not read, and a window that floods us is closed."""

# ruff: noqa: N802, N803 - the names of what is overridden are those of Twisted and Autobahn

import asyncio
import logging
import socket
import time
from typing import Any

from autobahn.twisted.websocket import WebSocketServerFactory

from conversations.management.prompt_socket import PromptSocket

KERNEL_BYTES = 128 * 1024  # of what was sent and not read; by itself Linux lets it grow to 4 MiB a socket
FRAME_BYTES = 4 * 1024  # of a frame that comes in; nothing is taken over the socket
FRAMES_PER_MINUTE = 100  # from one window, pings among them; a browser sends none
CLOSE_WITHIN_S = 5.0  # for the other side to answer a close frame; then the connection is dropped
TOO_MANY = 4429

log = logging.getLogger(__name__)


class WindowSocket(PromptSocket):
    """The connection of one window.

    Twisted tells a connection's producer when more than 64 KiB wait for the peer, and when they are gone.
    """

    def connectionMade(self) -> None:
        super().connectionMade()
        self._room = asyncio.Event()
        self._room.set()
        self._minute_began, self._frames = time.monotonic(), 0
        self.transport.getHandle().setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)
        self.transport.unregisterProducer()  # the HTTP channel that this connection began with
        self.transport.registerProducer(self, True)

    def pauseProducing(self) -> None:
        self._room.clear()

    def resumeProducing(self) -> None:
        self._room.set()

    def stopProducing(self) -> None:
        """The connection is gone: nobody needs to wait."""
        self._room.set()

    @property
    def is_full(self) -> bool:
        return not self._room.is_set()

    async def drained(self) -> None:
        """Returns once what was sent is in the hands of the kernel, or the connection is gone."""
        await self._room.wait()

    def onMessageFrameBegin(self, length: int) -> None:
        super().onMessageFrameBegin(length)
        self._count_frame()

    def onPing(self, payload: bytes) -> None:
        self._count_frame()
        super().onPing(payload)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        if self.state == self.STATE_OPEN:
            super().onMessage(payload, isBinary)

    def serverClose(self, code: int | None = None) -> None:
        """With any code: the library's `sendClose` refuses those below 3000."""
        self.sendCloseFrame(code=code or self.CLOSE_STATUS_CODE_NORMAL)

    def dropConnection(self, abort: bool = False) -> None:
        """At once when the peer does not read: what waits for it would never leave."""
        super().dropConnection(abort=abort or self.is_full)
        self._room.set()

    def _count_frame(self) -> None:
        now = time.monotonic()
        if now - self._minute_began > 60:
            self._minute_began, self._frames = now, 0
        self._frames += 1
        if self._frames > FRAMES_PER_MINUTE and self.state == self.STATE_OPEN:
            log.warning("socket closed", extra={"reason": "flood"})
            self.serverClose(TOO_MANY)


def serve_windows(factory: WebSocketServerFactory) -> None:
    """Make daphne's factory build these. A fault of the peer is answered with a close frame, not with a cut."""
    factory.protocol = WindowSocket
    factory.setProtocolOptions(  # type: ignore[no-untyped-call]
        maxFramePayloadSize=FRAME_BYTES,
        maxMessagePayloadSize=0,  # it would hold for what we send, too: a long snapshot would not leave
        closeHandshakeTimeout=CLOSE_WITHIN_S,
        failByDrop=False,
    )


async def wait_for_room(protocol: Any) -> None:
    """After something was sent to it. Other connections than those of windows never wait."""
    if isinstance(protocol, WindowSocket) and protocol.is_full:
        await protocol.drained()
