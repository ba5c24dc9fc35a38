"""The two ways in. A visit is one person's open socket, ready to ask one question."""

import re
from typing import Any, Protocol
from uuid import uuid4

from aiohttp import ClientSession

from tests.bench.answers import Question, words_of_html, words_of_markdown
from tests.bench.sockets import Socket, connect

CSRF = "bench" * 6 + "ab"  # 32 letters: the cookie and the header have to agree, which is all that Django asks
RELAY_END = b"\0"  # the relay's last frame; importing it from there would bring the relay's settings along
ARTICLE = re.compile(rb"<article\b[^>]*>")
ENDS = tuple(f'data-state="{state}"'.encode() for state in ("complete", "stopped", "refused", "failed"))


class Visit(Protocol):
    socket: Socket

    async def ask(self, question: Question) -> bool:
        """Whether the server took the question."""

    async def stored_text(self) -> str:
        """The answer as the server keeps it."""

    def shown_words(self) -> list[str]:
        """The words of the answer as this window shows it at the end."""


class Door(Protocol):
    name: str

    async def enter(self, seat: int) -> Visit: ...


class RelayDoor:
    name = "bare relay"

    def __init__(self, port: int) -> None:
        self._port = port

    async def enter(self, seat: int) -> Visit:
        return RelayVisit(await connect(self._port, "/", "", RELAY_END.__eq__))


class RelayVisit:
    def __init__(self, socket: Socket) -> None:
        self.socket = socket

    async def ask(self, question: Question) -> bool:
        self.socket.send(question.text.encode())
        return True

    async def stored_text(self) -> str:
        return self._text()

    def shown_words(self) -> list[str]:
        return words_of_markdown(self._text())

    def _text(self) -> str:
        return b"".join(frame for _, frame in self.socket.frames if frame != RELAY_END).decode()


class SiteDoor:
    name = "Chatsite"

    def __init__(self, port: int, http: ClientSession, seats: list[dict[str, Any]]) -> None:
        self._port, self._http, self._seats = port, http, seats

    async def enter(self, seat: int) -> Visit:
        """A window on a conversation in which nothing was said yet."""
        session, conversation = self._seats[seat]["session"], self._seats[seat]["conversations"].pop()
        cookie = f"sessionid={session}; csrftoken={CSRF}"
        socket = await connect(self._port, f"/ws/c/{conversation}/", cookie, holds_ended_answer)
        await socket.greeted  # by the snapshot, which is not part of the answer's cost
        return SiteVisit(socket, self._http, f"http://127.0.0.1:{self._port}", conversation, cookie)


class SiteVisit:
    def __init__(self, socket: Socket, http: ClientSession, origin: str, conversation: str, cookie: str) -> None:
        self.socket = socket
        self._http, self._address = http, f"{origin}/c/{conversation}"
        self._headers = {"Cookie": cookie, "X-CSRFToken": CSRF, "Origin": origin, "HX-Request": "true"}

    async def ask(self, question: Question) -> bool:
        fields = {"text": question.text, "client_id": str(uuid4())}
        async with self._http.post(f"{self._address}/messages/", data=fields, headers=self._headers) as response:
            return response.status == 204

    async def stored_text(self) -> str:
        async with self._http.get(f"{self._address}/export/?format=json", headers=self._headers) as response:
            conversation = await response.json()
        texts: list[str] = [message["text"] for message in conversation["messages"] if message["role"] == "assistant"]
        return texts[-1] if texts else ""

    def shown_words(self) -> list[str]:
        for _, frame in reversed(self.socket.frames):
            if holds_ended_answer(frame):
                return words_of_html(frame.decode())
        return []


def holds_ended_answer(frame: bytes) -> bool:
    return b"<article" in frame and any(
        b'data-role="assistant"' in tag and any(end in tag for end in ENDS) for tag in ARTICLE.findall(frame)
    )
