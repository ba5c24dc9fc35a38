"""A WebSocket client that notes when each frame came and does nothing else: two hundred share a core with upstream."""

import asyncio
import base64
import os
from collections.abc import Callable
from time import monotonic

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
SWITCHING = 101  # protocols
EMPTY_MASK = bytes(4)  # XOR with zeros: what we send stays readable


class Refused(ConnectionError):
    """The server answered the handshake with another status than 101."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the server answered {status}")
        self.status = status


class Socket(asyncio.Protocol):
    def __init__(self, handshake: bytes, is_last: Callable[[bytes], bool]) -> None:
        self.frames: list[tuple[float, bytes]] = []  # CLOCK_MONOTONIC seconds, payload
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.greeted: asyncio.Future[None] = loop.create_future()  # by a first frame
        self.ended: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[int] = loop.create_future()  # with this code; 1006 when nothing was said
        self._close_code = 1006
        self._handshake, self._is_last = handshake, is_last
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._handshake)

    def data_received(self, data: bytes) -> None:
        now = monotonic()
        self._buffer += data
        if not self.opened.done() and not self._open():
            return
        while (frame := self._next_frame()) is not None:
            self._take(now, *frame)

    def connection_lost(self, error: Exception | None) -> None:
        for future in (self.opened, self.greeted, self.ended):
            if not future.done():
                future.set_exception(error or ConnectionError("the server closed the socket"))
                future.exception()  # marks it as seen: nobody has to wait for it
        self.closed.set_result(self._close_code)

    def send(self, payload: bytes, opcode: int = TEXT) -> None:
        assert len(payload) < 126
        self._transport.write(bytes([0x80 | opcode, 0x80 | len(payload)]) + EMPTY_MASK + payload)

    def close(self) -> None:
        self._transport.abort()

    def _open(self) -> bool:
        head, found, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        if found:
            status = int(head.split(b" ", 2)[1])
            if status != SWITCHING:
                self.opened.set_exception(Refused(status))
                self._transport.close()
                return False
            self._buffer = bytearray(rest)
            self.opened.set_result(None)
        return bool(found)

    def _next_frame(self) -> tuple[int, bytes] | None:
        """(opcode, payload) of the next whole frame. Servers never mask, and daphne never cuts a message up."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        start, length = 2, buffer[1]
        if length > 125:
            start = 4 if length == 126 else 10
            length = int.from_bytes(buffer[2:start], "big")
            if len(buffer) < start:
                return None
        if len(buffer) < start + length:
            return None
        opcode, payload = buffer[0] & 15, bytes(buffer[start : start + length])
        del buffer[: start + length]
        return opcode, payload

    def _take(self, now: float, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self.send(payload, PONG)
        elif opcode == CLOSE:
            self._close_code = int.from_bytes(payload[:2], "big") or self._close_code
            self._transport.close()
        elif opcode == TEXT:
            self.frames.append((now, payload))
            if not self.greeted.done():
                self.greeted.set_result(None)
            if not self.ended.done() and self._is_last(payload):
                self.ended.set_result(None)


async def connect(port: int, path: str, cookie: str, is_last: Callable[[bytes], bool]) -> Socket:
    """An open socket, without compression, as the site's own page opens it."""
    handshake = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nCookie: {cookie}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n"
    )
    create = asyncio.get_running_loop().create_connection
    _, client = await create(lambda: Socket(handshake.encode(), is_last), "127.0.0.1", port)
    await client.opened
    return client
