"""What happens to the parts of a site: one fault at a time to each kind, several kinds at once."""

import random
import signal
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import psycopg

from tests.redis import RedisServer
from tests.shapes.site import Process, Shape

CUT_ALL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
MOST_AWAY_S = 2.5  # longer than a lease
EVERY_S = (0.3, 1.5)

Fault = Callable[[float], None]  # told for how many seconds


class Faults:
    """`told` lists what was done, for whoever wants to understand a failure."""

    def __init__(self, shape: Shape, redis: RedisServer, dice: random.Random) -> None:
        self._shape = shape
        self._redis = redis
        self._dice = dice
        self._began = time.monotonic()
        self._suffering: dict[str, Future[None]] = {}
        self.told: list[str] = []

    def happen(self, seconds: float) -> None:
        """Returns when all parts run again."""
        parts = self._parts()
        with ThreadPoolExecutor(len(parts)) as pool:
            while time.monotonic() < self._began + seconds:
                part = self._dice.choice([*parts])
                name, fault = self._dice.choice(parts[part])
                away_s = self._dice.uniform(0.2, MOST_AWAY_S)
                if not self._suffers(part.partition("-")[0]):
                    self.told.append(f"{time.monotonic() - self._began:5.1f} s  {part}: {name}, {away_s:.1f} s")
                    self._suffering[part] = pool.submit(fault, away_s)
                time.sleep(self._dice.uniform(*EVERY_S))
        for suffered in self._suffering.values():
            suffered.result()

    def _suffers(self, kind: str) -> bool:
        """Of two of a kind one is left, or nothing much would happen while all start anew."""
        return any(part.startswith(kind) and not suffered.done() for part, suffered in self._suffering.items())

    def _parts(self) -> dict[str, list[tuple[str, Fault]]]:
        processes = {process.log.stem: process for process in (*self._shape.webs, *self._shape.workers)}
        parts: dict[str, list[tuple[str, Fault]]] = {
            name: [
                ("killed", partial(_end, process, signal.SIGKILL)),
                ("told to end", partial(_end, process, signal.SIGTERM)),
                ("frozen", partial(_freeze, process)),
            ]
            for name, process in processes.items()
        }
        parts["redis"] = [
            ("killed", self._kill_redis),
            ("frozen", self._freeze_redis),
            ("emptied", lambda _: self._empty_redis()),
        ]
        parts["postgresql"] = [("connections cut", lambda _: self._cut_database())]
        return parts

    def _kill_redis(self, away_s: float) -> None:
        self._redis.stop()
        time.sleep(away_s)
        self._redis.start()

    def _freeze_redis(self, away_s: float) -> None:
        self._redis.freeze()
        time.sleep(away_s)
        self._redis.thaw()

    def _empty_redis(self) -> None:
        self._redis.command("FLUSHALL")

    def _cut_database(self) -> None:
        with psycopg.connect(self._shape.environment["DATABASE_URL"], autocommit=True) as database:
            database.execute(CUT_ALL)


def _end(process: Process, number: int, away_s: float) -> None:
    process.signal(number)
    process.end()
    time.sleep(away_s)
    while not _starts(process):
        process.end()


def _starts(process: Process) -> bool:
    """Not while the database drops its connections: whoever watches over processes starts it once more."""
    process.start()
    try:
        process.wait_until_open()
    except AssertionError:
        return False
    return True


def _freeze(process: Process, away_s: float) -> None:
    process.signal(signal.SIGSTOP)
    time.sleep(away_s)
    process.signal(signal.SIGCONT)
