"""People on a site that everything happens to: each asks in one conversation and watches it in a window."""

import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from uuid import uuid4

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.live.page import OpenPage
from tests.shapes.site import ORIGIN, TOKEN, Door

ANSWER_WITHIN_S = 8  # a request that takes longer is tried again
TRY_AGAIN_S = 0.2
LOOK_EVERY_S = 0.2
AWAY = {HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, 504}


@dataclass
class Guest:
    """`asked` holds the questions that the site has taken, `refused` those that it has not."""

    name: str
    conversation: str
    session: str
    door: Door
    dice: random.Random
    tired: threading.Event  # set when nobody asks any more
    gone: threading.Event  # set when the windows are closed
    asked: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    newest_seen: int = 0  # revision
    seen: dict[int, str] = field(default_factory=dict)  # the most that was ever shown of each message
    server_errors: int = 0
    page: OpenPage | None = None  # of the window
    _noting: threading.Lock = field(default_factory=threading.Lock)

    def act(self) -> None:
        while not self.tired.wait(self.dice.uniform(0.1, 1.0)):
            deeds = (self.ask, self.retry, self.stop, self.reload)
            self.dice.choices(deeds, weights=[6, 2, 2, 2])[0]()

    def ask(self) -> None:
        words = f"{self.name} asks question {len(self.asked) + len(self.refused) + 1}"
        status = self._insist("messages/", text=words, client_id=str(uuid4()))
        assert status in (HTTPStatus.NO_CONTENT, HTTPStatus.CONFLICT), status
        (self.asked if status == HTTPStatus.NO_CONTENT else self.refused).append(words)

    def retry(self) -> None:
        answers = [(pk, shown) for pk, shown in self.reload().messages.items() if shown.role == "assistant"]
        if answers and answers[-1][1].state in ("failed", "stopped", "refused"):
            status = self._insist(f"messages/{answers[-1][0]}/retry/", client_id=str(uuid4()))
            assert status in (HTTPStatus.NO_CONTENT, HTTPStatus.CONFLICT), status

    def stop(self) -> None:
        assert self._insist("stop/") == HTTPStatus.NO_CONTENT

    def reload(self) -> OpenPage:
        """A page is never older than what was seen before it was asked for."""
        newest_seen = self.newest_seen
        page = OpenPage(self.get(""))
        assert page.revision >= newest_seen
        self.note(page)
        return page

    def get(self, path: str) -> str:
        while not (answered := self._request(path)) or answered[0] in AWAY:
            time.sleep(TRY_AGAIN_S)
        assert answered[0] == HTTPStatus.OK, answered[0]
        return answered[1]

    def _insist(self, path: str, **fields: str) -> int:
        """Send until the site answers: the same form each time, as a browser does."""
        form = fields | {"csrfmiddlewaretoken": TOKEN}
        while not (answered := self._request(path, form)) or answered[0] in AWAY:
            time.sleep(TRY_AGAIN_S)
        return answered[0]

    def _request(self, path: str, form: Mapping[str, str] | None = None) -> tuple[int, str] | None:
        address = f"{self.door.address}/c/{self.conversation}/{path}"
        headers = {"Cookie": self._cookie} | ({"HX-Request": "true"} if form else {})
        data = urlencode(form).encode() if form else None
        try:
            with urlopen(Request(address, data, headers), timeout=ANSWER_WITHIN_S) as response:  # noqa: S310
                return response.status, response.read().decode()
        except HTTPError as error:
            self.server_errors += error.code == HTTPStatus.INTERNAL_SERVER_ERROR
            return error.code, ""
        except OSError:
            return None

    @property
    def _cookie(self) -> str:
        return f"sessionid={self.session}; csrftoken={TOKEN}"

    def watch(self) -> None:
        """A lost socket leaves the page as it is, and another one is opened; now and then the page is loaded anew."""
        while not self.gone.is_set():
            if self.page is None or self.dice.random() < 0.2:
                self.page = self.reload()
            try:
                with self.socket() as socket:
                    self._follow(socket, self.page)
            except (OSError, WebSocketException):
                time.sleep(TRY_AGAIN_S)

    def socket(self) -> ClientConnection:
        address = f"{self.door.address.replace('http', 'ws')}/ws/c/{self.conversation}/"
        return connect(
            address, origin=Origin(ORIGIN), additional_headers={"Cookie": self._cookie}, open_timeout=ANSWER_WITHIN_S
        )

    def _follow(self, socket: ClientConnection, page: OpenPage) -> None:
        """For a while, then the connection is lost."""
        until = time.monotonic() + self.dice.uniform(1, 8)
        while time.monotonic() < until and not self.gone.is_set():
            try:
                frame = str(socket.recv(timeout=LOOK_EVERY_S))
            except TimeoutError:
                continue
            before = page.revision
            page.receive(frame)
            assert page.revision >= before
            self.note(page)

    def note(self, page: OpenPage) -> None:
        """Nothing that was shown is ever taken back."""
        with self._noting:
            if page.revision < self.newest_seen:
                return  # of a window that lags behind another one
            for pk, shown in page.messages.items():
                assert shown.text.startswith(self.seen.get(pk, "")), (shown, self.seen[pk])
                self.seen[pk] = shown.text
            self.newest_seen = page.revision
