"""The site of a soak: two web processes and two workers where PostgreSQL and Redis are here, else one process."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.processes import CORES, Server, free_port
from tests.machine import find_postgresql
from tests.postgres import own_database
from tests.redis import RedisServer


@dataclass(frozen=True, slots=True)
class Shape:
    environment: Mapping[str, str]
    webs: tuple[Server, ...]
    victim: Server  # the one that takes turns and is killed again and again
    survivors: Mapping[str, Server]  # all others, by name

    @property
    def servers(self) -> set[Server]:
        return {*self.webs, self.victim, *self.survivors.values()}

    @contextmanager
    def running(self) -> Iterator[None]:
        for server in self.servers:
            server.start()
        try:
            yield
        finally:
            complaints = [complaint for server in self.servers if (complaint := server.complaint())]
            for server in self.servers:
                server.stop()
            if complaints:
                raise SystemExit("\n".join(complaints))


@contextmanager
def shape(folder: Path, claude: Mapping[str, str]) -> Iterator[Shape]:
    """Not running yet."""
    url = find_postgresql()
    if not url or not shutil.which("redis-server"):
        yield _one_process(folder, {**claude, "DATA_DIR": str(folder / "soak")})
        return
    redis = RedisServer(folder)
    redis.start()
    try:
        with own_database(url, "soak") as database:
            shared = {"DATA_DIR": str(folder / "soak"), "DATABASE_URL": database, "REDIS_URL": redis.url}
            yield _several_processes(folder, {**claude, **shared})
    finally:
        redis.stop()


def _one_process(folder: Path, environment: Mapping[str, str]) -> Shape:
    serve = _web(folder, "serve", environment)
    return Shape(environment, (serve,), serve, {})


def _several_processes(folder: Path, environment: Mapping[str, str]) -> Shape:
    webs = tuple(_web(folder, f"web-{number}", environment, "--no-worker") for number in (1, 2))
    victim, survivor = (
        Server(["manage.py", "run_turns"], port=0, cores=set(CORES), log=folder / f"{name}.log", **environment)
        for name in ("worker-1", "worker-2")
    )
    return Shape(environment, webs, victim, {"web-1": webs[0], "web-2": webs[1], "worker-2": survivor})


def _web(folder: Path, name: str, environment: Mapping[str, str], *options: str) -> Server:
    port = free_port()
    serve = ["manage.py", "serve", *options]
    settings = {**environment, "PORT": str(port)}
    return Server(serve, port=port, cores=set(CORES), log=folder / f"{name}.log", **settings)
