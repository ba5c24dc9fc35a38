"""The second shape of a site: web processes and workers of their own, on one PostgreSQL and one Redis."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from uuid import uuid4

import psycopg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.ops.running_site import ROOT, START_WITHIN_S, clean, manage
from tests.redis import RedisServer
from tests.upstream import Upstream

LEASE_S = 1.5
DRAIN_S = 1.0
PATIENCE_S = 30
ORIGIN = "http://chat.example.com"
TOKEN = "c" * 32
Found = TypeVar("Found")


def eventually(look: Callable[[], Found], within_s: float = PATIENCE_S) -> Found:
    """What `look` finds, once it finds something."""
    deadline = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < deadline, f"not within {within_s} s"
        time.sleep(0.02)
    return found


def environment_of(data_dir: Path, *, database: str, redis: RedisServer, claude: Upstream) -> dict[str, str]:
    return {
        "DATA_DIR": str(data_dir),
        "DATABASE_URL": database,
        "REDIS_URL": redis.url,
        "PUBLIC_ORIGINS": ORIGIN,
        "ANTHROPIC_API_KEY": "test-key",
        "ANTHROPIC_BASE_URL": claude.base_url,
        "TURN_LEASE_S": str(LEASE_S),
        "DRAIN_S": str(DRAIN_S),
        "LOG_FORMAT": "json",
    }


class Door(Protocol):
    address: str


@dataclass
class Process:
    """One process of the site, its log in a file."""

    command: tuple[str, ...]
    environment: dict[str, str]
    log: Path
    popen: "subprocess.Popen[str] | None" = None
    address: str = ""

    def start(self) -> None:
        with self.log.open("a") as log:
            self.popen = subprocess.Popen(
                [sys.executable, "manage.py", *self.command],
                cwd=ROOT,
                env=clean(**self.environment),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def wait_until_open(self) -> None:
        assert self.popen is not None
        assert self.popen.stdout is not None
        line = self.popen.stdout.readline()
        assert line.startswith("Chatsite "), f"it did not start: {line}{self.log.read_text()[-3000:]}"
        self.address = line.split()[3]

    def signal(self, number: int) -> None:
        assert self.popen is not None
        self.popen.send_signal(number)

    def end(self) -> int:
        """The exit status. Whoever does not end is killed."""
        assert self.popen is not None
        try:
            status = self.popen.wait(DRAIN_S + 5)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            status = self.popen.wait()
        assert self.popen.stdout is not None
        self.popen.stdout.close()
        self.popen = None
        return status

    def has_said(self, message: str, turn: int) -> bool:
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.endswith("}")]
        return any((line["message"], line.get("turn")) == (message, turn) for line in lines)


@dataclass
class Shape:
    environment: dict[str, str]
    folder: Path
    webs: list[Process] = field(default_factory=list)
    workers: list[Process] = field(default_factory=list)
    seats: list[dict[str, Any]] = field(default_factory=list)

    def prepare(self, people: int) -> None:
        self._seed(people)
        self.webs = [self._process(f"web-{n}", "serve", "--no-worker", "--prepare") for n in range(2)]
        self.workers = [self._process(f"worker-{n}", "run_turns") for n in range(2)]

    def prepare_one(self, people: int) -> None:
        """A single process that does everything."""
        self._seed(people)
        self.webs = [self._process("web-0", "serve", "--prepare")]

    def _seed(self, people: int) -> None:
        migrated = manage("migrate", "--verbosity=0", **self.environment)
        assert migrated.returncode == 0, migrated.stderr
        seed = [sys.executable, "-m", "tests.bench.seed", str(people), "1"]
        seeded = subprocess.check_output(seed, cwd=ROOT, env=clean(**self.environment), timeout=START_WITHIN_S)
        self.seats = json.loads(seeded)

    def _process(self, name: str, *command: str) -> Process:
        return Process(command, self.environment, self.folder / f"{name}.log")

    def keep_addresses(self) -> None:
        """Web processes listen where they did before when they start anew, as a proxy expects it."""
        for web in self.webs:
            with socket.create_server(("127.0.0.1", 0)) as free:
                web.environment = web.environment | {"PORT": str(free.getsockname()[1])}

    def heal(self) -> None:
        """Start what does not run."""
        missing = [process for process in (*self.webs, *self.workers) if process.popen is None]
        for process in missing:
            process.start()
        for process in missing:
            process.wait_until_open()

    def end(self) -> None:
        running = [process for process in (*self.webs, *self.workers) if process.popen is not None]
        for process in running:
            process.signal(signal.SIGTERM)
        for process in running:
            process.end()

    def person(self) -> "Person":
        return Person(self, **self.seats.pop())

    def worker_of(self, turn: int) -> Process:
        """The worker that took this turn."""

        return eventually(lambda: [worker for worker in self.workers if worker.has_said("turn taken", turn)])[0]

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.environment["DATABASE_URL"], autocommit=True) as database:
            return database.execute(query.encode(), values).fetchall()


class Person:
    """Somebody with a conversation, who uses whichever web process comes."""

    def __init__(self, shape: Shape, session: str, conversations: list[str]) -> None:
        self.conversation = conversations[0]
        self._shape = shape
        self.cookie = f"sessionid={session}; csrftoken={TOKEN}"

    @property
    def path(self) -> str:
        return f"/c/{self.conversation}/"

    def ask(self, web: Door, text: str = "What is a fjord?") -> int:
        """The key of the turn."""
        assert self._post(web, "messages/", text=text, client_id=str(uuid4())) == HTTPStatus.NO_CONTENT
        return int(self._shape.rows("SELECT max(id) FROM conversations_turn")[0][0])

    def try_to_ask(self, web: Door, client_id: str) -> int:
        """The status of one try."""
        return self._post(web, "messages/", text="What is a fjord?", client_id=client_id)

    def stop(self, web: Door) -> None:
        assert self._post(web, "stop/") == HTTPStatus.NO_CONTENT

    def _post(self, web: Door, path: str, **fields: str) -> int:
        data = urlencode(fields | {"csrfmiddlewaretoken": TOKEN}).encode()
        headers = {"Cookie": self.cookie, "HX-Request": "true"}
        request = Request(f"{web.address}{self.path}{path}", data, headers)  # noqa: S310
        try:
            with urlopen(request, timeout=PATIENCE_S) as response:  # noqa: S310
                return int(response.status)
        except HTTPError as error:
            with error:
                return error.code

    @contextmanager
    def window(self, web: Door) -> Iterator["Window"]:
        address = f"{web.address.replace('http', 'ws')}/ws/c/{self.conversation}/"
        with connect(address, origin=Origin(ORIGIN), additional_headers={"Cookie": self.cookie}) as socket:
            yield Window(socket)

    def answer(self) -> tuple[str, str, str]:
        """State, reason and text of the last answer."""
        query = (
            "SELECT state, reason, content FROM conversations_message "
            "WHERE conversation_id = %s AND role = 'assistant' ORDER BY position DESC LIMIT 1"
        )
        ((state, reason, content),) = self._shape.rows(query, self.conversation)
        return state, reason, "".join(block.get("text", "") for block in content)

    def attempts(self) -> list[tuple[bool, bool]]:
        """Of each request to Claude that was booked: whether it is billed, and whether that is an estimate."""
        query = "SELECT billed, estimated FROM conversations_usageentry WHERE conversation_id = %s"
        return [(billed, estimated) for billed, estimated in self._shape.rows(query, self.conversation)]


class Window:
    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._frame = ""

    def frame_with(self, words: str, within_s: float = PATIENCE_S) -> str:
        """The last frame or one after it, that holds these words. A snapshot may bring at once what was expected."""
        deadline = time.monotonic() + within_s
        while words not in self._frame:
            self._frame = str(self._socket.recv(timeout=max(0, deadline - time.monotonic())))
        return self._frame
