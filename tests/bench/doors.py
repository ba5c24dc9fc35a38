"""The two ways in. A visit is one person's open socket, ready to ask one question."""

import re
from typing import Any, Protocol
from uuid import uuid4

from aiohttp import ClientSession

from tests.bench.answers import Question, words_of_html, words_of_markdown
from tests.bench.sockets import Socket, connect

CSRF = "bench" * 6 + "ab"  # 32 letters: the cookie and the header have to agree, which is all that Django asks
RELAY_END = b"\0"  # the relay's last frame; importing it from there would bring the relay's settings along
REVISION = re.compile(rb'<data id="revision" value="(\d+)"')
ARTICLE = re.compile(rb"<article\b[^>]*>")
ENDS = ("complete", "stopped", "refused", "failed")


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

    async def watch(self, seat: int) -> Socket:
        """An open window on what was said before."""


class RelayDoor:
    name = "bare relay"

    def __init__(self, port: int) -> None:
        self._port = port

    async def enter(self, seat: int) -> Visit:
        return RelayVisit(await self.watch(seat))

    async def watch(self, seat: int) -> Socket:
        return await connect(self._port, "/", "", RELAY_END.__eq__)


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

    async def enter(self, seat: int) -> "SiteVisit":
        visit = self.visit(seat)
        await visit.open()
        return visit

    async def watch(self, seat: int) -> Socket:
        return (await self.window(seat)).socket

    async def window(self, seat: int) -> "SiteVisit":
        """On a conversation with a question and its answer; of more windows than people some share theirs."""
        seat %= len(self._seats)
        visit = self._visit(seat, self._seats[seat]["conversations"][0])
        await visit.open()
        return visit

    def visit(self, seat: int) -> "SiteVisit":
        """Not open yet: of a conversation in which nothing was said."""
        return self._visit(seat, self._seats[seat]["conversations"].pop())

    def _visit(self, seat: int, conversation: str) -> "SiteVisit":
        return SiteVisit(self._port, self._http, conversation, self._seats[seat]["session"])


class SiteVisit:
    def __init__(self, port: int, http: ClientSession, conversation: str, session: str) -> None:
        origin, cookie = f"http://127.0.0.1:{port}", f"sessionid={session}; csrftoken={CSRF}"
        self._port, self._http = port, http
        self._conversation, self._cookie = conversation, cookie
        self._address = f"{origin}/c/{conversation}"
        self._headers = {"Cookie": cookie, "X-CSRFToken": CSRF, "Origin": origin, "HX-Request": "true"}
        self.socket: Socket
        self._sockets: list[Socket] = []
        self._client_id = str(uuid4())  # asked again after a failure, it is the same question

    async def open(self) -> None:
        """Also again, after the socket was lost."""
        path = f"/ws/c/{self._conversation}/?seen={self._revision()}"
        socket = await connect(self._port, path, self._cookie, holds_ended_answer)
        self.socket = socket
        self._sockets.append(socket)
        await self.socket.greeted  # which is not part of the answer's cost

    async def ask(self, question: Question) -> bool:
        fields = {"text": question.text, "client_id": self._client_id}
        async with self._http.post(f"{self._address}/messages/", data=fields, headers=self._headers) as response:
            return response.status == 204

    async def page(self) -> int:
        """The status of the whole page, as a window without a socket polls it."""
        page = f"{self._address}/?seen={self._revision()}"
        async with self._http.get(page, headers={"Cookie": self._cookie}) as response:
            await response.read()
            return response.status

    async def stored_text(self) -> str:
        async with self._http.get(f"{self._address}/export/?format=json", headers=self._headers) as response:
            conversation = await response.json()
        texts: list[str] = [message["text"] for message in conversation["messages"] if message["role"] == "assistant"]
        return texts[-1] if texts else ""

    def shown_words(self) -> list[str]:
        return words_of_html(self.last_frame().decode())

    def frames(self) -> list[bytes]:
        """All that came, also over sockets that were lost."""
        return [frame for socket in self._sockets for _, frame in socket.frames]

    def _revision(self) -> str:
        """Of what the window shows; "" before it was told."""
        told = REVISION.findall(b"".join(self.frames()[-1:]))
        return told[0].decode() if told else ""

    def last_frame(self) -> bytes:
        """The one that holds the answer's end; nothing when none came."""
        return next((frame for _, frame in reversed(self.socket.frames) if holds_ended_answer(frame)), b"")


def holds_ended_answer(frame: bytes) -> bool:
    return ends_in(frame, *ENDS)


def ends_in(frame: bytes, *states: str) -> bool:
    """Whether it holds an answer in one of these states; questions are complete as soon as they are asked."""
    wanted = [f'data-state="{state}"'.encode() for state in states]
    return b"<article" in frame and any(
        b'data-role="assistant"' in tag and any(state in tag for state in wanted) for tag in ARTICLE.findall(frame)
    )
