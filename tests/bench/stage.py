"""The servers of a run: the upstream for all of it; before it the relay and the site, one after the other."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from tests.bench.doors import Door, RelayDoor, SiteDoor
from tests.bench.passes import Bench
from tests.bench.processes import CLIENT_CORE, ROOT, SERVER_CORE, Server, clean_environment, free_port, running

Enter = Callable[[int, ClientSession], Door]


@dataclass
class Stage:
    folder: Path
    upstream_port: int = field(default_factory=free_port)

    @property
    def claude(self) -> dict[str, str]:
        return {"ANTHROPIC_BASE_URL": f"http://127.0.0.1:{self.upstream_port}", "ANTHROPIC_API_KEY": "bench"}

    @contextmanager
    def upstream(self) -> Iterator[Server]:
        upstream = ["-m", "tests.bench.upstream", str(self.upstream_port)]
        log = self.folder / "upstream.log"
        with running(Server(upstream, port=self.upstream_port, cores={CLIENT_CORE}, log=log)) as server:
            yield server

    @contextmanager
    def relay(self) -> Iterator[Server]:
        port = free_port()
        where = ["--bind", "127.0.0.1", "--port", str(port)]
        daphne = ["-m", "daphne", "--verbosity", "0", *where, "tests.bench.relay:app"]
        log = self.folder / "relay.log"
        with running(Server(daphne, port=port, cores={SERVER_CORE}, log=log, **self.claude)) as server:
            yield server

    @contextmanager
    def site(self, **settings: str) -> Iterator[Server]:
        port = free_port()
        environment = {**self.claude, **self.data, "PORT": str(port), **settings}
        serve = ["manage.py", "serve"]
        log = self.folder / "site.log"
        with running(Server(serve, port=port, cores={SERVER_CORE}, log=log, **environment)) as server:
            yield server

    @property
    def data(self) -> dict[str, str]:
        return {"DATA_DIR": str(self.folder / "var")}

    @asynccontextmanager
    async def bench(self, server: Server, enter: Enter) -> AsyncIterator[Bench]:
        async with session() as http:
            yield Bench(enter(server.port, http), server, http, self.upstream_port)


def by_relay(port: int, http: ClientSession) -> RelayDoor:
    return RelayDoor(port)


def session() -> ClientSession:
    timeout = ClientTimeout(total=60)
    return ClientSession(connector=TCPConnector(limit=0), cookie_jar=DummyCookieJar(), timeout=timeout)


def prepare(environment: dict[str, str], *, people: int, conversations_each: int) -> list[dict[str, Any]]:
    """Accounts and conversations, in the site's own database, before it starts."""
    for command in (["migrate"], ["collectstatic", "--no-input"]):  # what `./run` does when it first starts
        command_of_site(environment, "manage.py", *command, "--verbosity", "0")
    seed = command_of_site(environment, "-m", "tests.bench.seed", str(people), str(conversations_each))
    seats: list[dict[str, Any]] = json.loads(seed)
    return seats


def command_of_site(environment: dict[str, str], *arguments: str) -> bytes:
    """What it printed. Its log, a line for each account, is of interest only when it fails."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=clean_environment(**environment), capture_output=True, check=False
    )
    if done.returncode:
        sys.stderr.buffer.write(done.stderr)
    done.check_returncode()
    return done.stdout


def by_site(seats: list[dict[str, Any]]) -> Callable[[int, ClientSession], SiteDoor]:
    return lambda port, http: SiteDoor(port, http, seats)
