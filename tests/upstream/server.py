"""The loopback server that plays the scripts."""

import asyncio
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from httpx2 import QueryParams

from conversations.demo.listing import listed_models, page_of

from .batches import ADDRESS, Batches
from .bill import Bill
from .script import ChunkedCut, Close, Gate, Hang, Pause, Pings, Reply, Reset, Step, spoken, sse

PATIENCE_S = 30  # a test that waits longer for the upstream is stuck


@dataclass
class Usage:
    """What the upstream reported to its clients, by the fields of the API: the largest of each running total."""

    input_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0
    output_tokens: int = 0

    def take(self, usage: dict[str, Any]) -> None:
        for name in vars(self):
            setattr(self, name, max(getattr(self, name), usage.get(name) or 0))

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(*(one + two for one, two in zip(vars(self).values(), vars(other).values(), strict=True)))


@dataclass
class Request:
    """One request as it arrived, and what was said to it.

    `gone` is set when the client left before the reply was whole.
    """

    method: str
    path: str
    headers: dict[str, str]
    raw_body: bytes
    reported: Usage = field(default_factory=Usage)
    said: str = ""  # the words of the answer, as far as they were sent
    answered_as: str = ""  # the request id of the reply, once its head was sent
    is_whole: bool = False  # whether the reply was played to its end
    gone: threading.Event = field(default_factory=threading.Event)

    @property
    def body(self) -> Any:
        """None of a request without one, such as a GET."""
        return json.loads(self.raw_body) if self.raw_body else None

    @property
    def last_user_text(self) -> str:
        blocks = self.body["messages"][-1]["content"]
        return blocks if isinstance(blocks, str) else "".join(b["text"] for b in blocks if b["type"] == "text")


class Upstream:
    def __init__(self) -> None:
        self.base_url = ""
        self.requests: list[Request] = []
        self.listings: list[Request] = []  # what asked for the models, which a site also does by itself
        self.models: list[dict[str, Any]] = listed_models()
        self.models_a_page = 1000
        self.batches = Batches()
        self.bill = Bill()
        self.connections = 0
        self.otherwise: Callable[[Request], Reply] = lambda _: spoken()
        self._scripts: list[tuple[Reply, Callable[[Request], bool]]] = []
        self._listing_scripts: list[Reply] = []
        self._gates: dict[str, tuple[threading.Event, threading.Event]] = {}
        self._lock = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._serving: set[asyncio.Task[None]] = set()

    @property
    def reported(self) -> Usage:
        return sum((request.reported for request in self.requests), Usage())

    def script(self, *replies: Reply, when: Callable[[Request], bool] = lambda _: True) -> None:
        """Answer coming requests so, one reply each; `when` limits them to requests of a kind. Not for the models."""
        with self._lock:
            self._scripts += [(reply, when) for reply in replies]

    def script_listing(self, *replies: Reply) -> None:
        with self._lock:
            self._listing_scripts += replies

    def release(self, gate: str) -> None:
        """Let the reply that waits at this gate go on, now or when it comes there."""
        self._gate(gate)[1].set()

    async def reached(self, gate: str) -> None:
        await asyncio.to_thread(self.wait_reached, gate)

    def wait_reached(self, gate: str) -> None:
        assert self._gate(gate)[0].wait(PATIENCE_S), f"the upstream never came to the gate {gate}"

    async def left(self, request: Request) -> None:
        """The client closed the connection of this request before its reply was whole."""
        assert await asyncio.to_thread(request.gone.wait, PATIENCE_S), "the client never went away"

    def _gate(self, name: str) -> tuple[threading.Event, threading.Event]:
        with self._lock:
            return self._gates.setdefault(name, (threading.Event(), threading.Event()))

    def _reply_for(self, request: Request) -> Reply:
        if request.path.startswith("/v1/models"):
            return self._listing_for(request)
        if request.path.startswith("/v1/organizations/"):
            return self.bill.reply(request.path, request.headers)
        with self._lock:
            self.requests.append(request)
            for place, (reply, when) in enumerate(self._scripts):
                if when(request):
                    del self._scripts[place]
                    return reply
        if request.path.startswith(ADDRESS):
            return self.batches.reply(request.method, request.path, request.raw_body)
        return self.otherwise(request)

    def _listing_for(self, request: Request) -> Reply:
        with self._lock:
            self.listings.append(request)
            if self._listing_scripts:
                return self._listing_scripts.pop(0)
        query = QueryParams(urlsplit(request.path).query).set("limit", self.models_a_page)
        return Reply.json(page_of(self.models, query))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.connections += 1
        self._serving.add(task)
        try:
            while request := await _read_request(reader):
                if not await _Player(self, reader, writer, request).play(self._reply_for(request)):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client left, or the test is over
        finally:
            self._serving.discard(task)
            writer.close()

    async def _run(self, ready: threading.Event, stop: asyncio.Event) -> None:
        async with await asyncio.start_server(self._serve, "127.0.0.1", 0) as server:
            self.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            ready.set()
            await stop.wait()
            for task in self._serving:
                task.cancel()
            await asyncio.gather(*self._serving, return_exceptions=True)


@contextmanager
def running_upstream() -> Iterator[Upstream]:
    upstream, ready, stop = Upstream(), threading.Event(), asyncio.Event()
    run = upstream._run(ready, stop)
    thread = threading.Thread(target=upstream._loop.run_until_complete, args=(run,), name="upstream", daemon=True)
    thread.start()
    assert ready.wait(PATIENCE_S)
    try:
        yield upstream
    finally:
        upstream._loop.call_soon_threadsafe(stop.set)
        thread.join(PATIENCE_S)
        upstream._loop.close()


class _HangUp(Exception):
    """The script says to close the connection here."""


class _Player:
    """Plays one reply on one connection."""

    def __init__(
        self, upstream: Upstream, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: Request
    ) -> None:
        self._upstream = upstream
        self._reader = reader
        self._writer = writer
        self._request = request
        self._is_chunked = True

    async def play(self, reply: Reply) -> bool:
        """Whether the connection is fit for another request."""
        try:
            for step in reply.steps_before:
                await self._do(step, 0)
            self._is_chunked = reply.is_chunked
            self._writer.write(_head(reply))
            self._request.answered_as = reply.headers.get("request-id", "")
            for step in reply.steps:
                await self._do(step, reply.slice_bytes)
            if reply.is_chunked:
                self._writer.write(b"0\r\n\r\n")
            await self._writer.drain()
            self._request.is_whole = True
        except _HangUp:
            return False
        except ConnectionError:
            self._request.gone.set()
            return False
        return reply.is_chunked

    async def _do(self, step: Step, slice_bytes: int) -> None:
        match step:
            case dict() | bytes():
                await self._send(step if isinstance(step, bytes) else sse(step), slice_bytes)
            case Gate(name=name):
                await self._wait_at(name)
            case Hang():
                await self._until_gone(PATIENCE_S)
            case Pings(every_s=every_s):
                while True:
                    await self._send(sse({"type": "ping"}), 0)
                    await self._until_gone(every_s)
            case Pause(seconds=seconds):
                await self._until_gone(seconds)
            case Reset():
                await self._reset()
            case ChunkedCut():
                self._writer.write(b"40\r\nhalf of what was promised")
                raise _HangUp
            case Close():
                raise _HangUp

    async def _send(self, data: bytes, slice_bytes: int) -> None:
        for line in data.splitlines():
            if line.startswith(b"data: {"):
                self._note(line[6:])
        for at in range(0, len(data), slice_bytes or max(1, len(data))):
            piece = data[at : at + slice_bytes] if slice_bytes else data
            self._writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if self._is_chunked else piece)
            await self._writer.drain()
            await asyncio.sleep(0)
        if self._reader.at_eof() or self._writer.transport.is_closing():
            raise ConnectionError

    def _note(self, data: bytes) -> None:
        with suppress(ValueError):  # some scripts send what is no JSON, or not at once
            if b'"usage"' in data:
                event = json.loads(data)
                self._request.reported.take(event.get("usage") or event.get("message", {}).get("usage", {}))
            elif b'"text_delta"' in data:
                self._request.said += json.loads(data)["delta"]["text"]

    async def _wait_at(self, name: str) -> None:
        came, may_go = self._upstream._gate(name)
        came.set()
        for _ in range(PATIENCE_S * 200):
            if may_go.is_set():
                return
            await self._until_gone(0.005)
        raise ConnectionError

    async def _until_gone(self, seconds: float) -> None:
        """Raises as soon as the client goes away. It sends nothing while a reply is on its way, so reading tells."""
        try:
            async with asyncio.timeout(seconds):
                await self._reader.read(1)
        except TimeoutError:
            return
        raise ConnectionError

    async def _reset(self) -> None:
        await self._writer.drain()
        # Lingering for zero seconds makes the kernel send RST instead of FIN.
        found = self._writer.get_extra_info("socket")
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()
        raise _HangUp


async def _read_request(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    request_line, *lines = head.strip().split("\r\n")
    method, path, _ = request_line.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, path, headers, body)


def _head(reply: Reply) -> bytes:
    framing = "transfer-encoding: chunked" if reply.is_chunked else "connection: close"
    headers = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
    return f"HTTP/1.1 {reply.status} Scripted\r\n{headers}{framing}\r\n\r\n".encode("latin-1")
