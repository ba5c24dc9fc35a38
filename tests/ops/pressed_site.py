"""A site under pressure: its memory and the lag of its loop, people who ask, and windows that read or do not."""

import json
import os
import select
import socket
import struct
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from uuid import uuid4

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.browser.site import Site
from tests.ops.asking import PATIENCE_S, TOKEN, eventually

KIB, MIB = 1024, 1024 * 1024


class Pressed:
    def __init__(self, site: Site) -> None:
        self.site = site
        self.lag_file = Path(site.settings["LAG_FILE"])

    @property
    def pid(self) -> int:
        assert self.site.process is not None
        return self.site.process.pid

    def memory_bytes(self) -> int:
        """What the process holds in memory that is not a file's."""
        lines = Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("Anonymous:")).split()[1]) * KIB

    def worst_lag_ms(self) -> float:
        """Since `forget_lag`."""
        return float(self.lag_file.read_text() or 0)

    def forget_lag(self) -> None:
        self.lag_file.unlink()
        eventually(self.lag_file.exists)

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.site.log.read_text().splitlines() if line.startswith("{")]

    def has_said(self, message: str) -> int:
        """How often."""
        return sum(line["message"] == message for line in self.log())

    def site_is_live(self) -> bool:
        with urlopen(f"{self.site.url}/health/live", timeout=5) as response:  # noqa: S310
            return bool(response.status == HTTPStatus.OK)

    def can_answer(self) -> bool:
        try:
            return self.site_is_live()
        except OSError:
            return False

    def ask(self, name: str, path: str = "/", text: str = "Tell me a long story.") -> str:
        """The path of the conversation, a new one unless `path` names one."""
        fields = {"text": text, "client_id": str(uuid4()), "csrfmiddlewaretoken": TOKEN}
        headers = {"Cookie": self._cookie(name), "HX-Request": "true"}
        request = Request(f"{self.site.url}{path}messages/", urlencode(fields).encode(), headers)  # noqa: S310
        with urlopen(request, timeout=PATIENCE_S) as response:  # noqa: S310
            assert response.status == HTTPStatus.NO_CONTENT
            return path if path != "/" else json.loads(response.headers["HX-Trigger"])["draft-sent"]["url"]

    @contextmanager
    def window(self, name: str, path: str) -> Iterator["Window"]:
        address = f"{self.site.url.replace('http', 'ws')}/ws{path}"
        headers = {"Cookie": self._cookie(name)}
        origin = Origin(self.site.url)
        with connect(
            address, origin=origin, additional_headers=headers, max_size=None, open_timeout=PATIENCE_S
        ) as found:
            yield Window(found)

    def silent_window(self, name: str, path: str) -> socket.socket:
        """One that shakes hands and then neither reads nor writes."""
        found = socket.socket()
        found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * KIB)
        found.connect(("127.0.0.1", self.site.port))
        key = b64encode(os.urandom(16)).decode()
        lines = (
            f"GET /ws{path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.site.port}",
            f"Origin: {self.site.url}",
            f"Cookie: {self._cookie(name)}",
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}",
        )
        found.sendall("\r\n".join((*lines, "", "")).encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += found.recv(1)
        assert b" 101 " in head
        found.recv(1, socket.MSG_PEEK)  # until its snapshot is on the way, so that it is one of those who watch
        return found

    def _cookie(self, name: str) -> str:
        return f"sessionid={self.site.sessions[name]}; csrftoken={TOKEN}"


class Window:
    """Reads all the time, as a page does."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.frames: list[str] = []
        self._seen = 0
        self._code: int | None = None
        threading.Thread(target=self._read, name="window", daemon=True).start()

    def frame_with(self, words: str) -> str:
        """The next frame that holds these words."""
        eventually(lambda: self._look_for(words))
        return self.frames[self._seen - 1]

    def closed_with(self) -> int:
        return eventually(lambda: self._code) or 0

    def _look_for(self, words: str) -> bool:
        while self._seen < len(self.frames):
            self._seen += 1
            if words in self.frames[self._seen - 1]:
                return True
        return False

    def _read(self) -> None:
        try:
            while True:
                self.frames.append(str(self.connection.recv()))
        except ConnectionClosed as closed:
            self._code = closed.rcvd.code if closed.rcvd else 1006


def was_dropped(silent: socket.socket) -> bool:
    poll = select.poll()
    poll.register(silent, 0)  # errors and the end are told in any case
    return bool(poll.poll(0))


def close_frame(code: int) -> bytes:
    return b"\x88\x02" + struct.pack("!H", code)
