"""A real site: `manage.py serve` as a process of its own, on a free port, with a data folder of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

from tests.postgres import own_database

ROOT = Path(__file__).resolve().parents[2]
START_WITHIN_S = 90  # the first start of a checkout compresses the static files


def manage(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """A command of manage.py, run to its end."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=clean(**environment),
        capture_output=True,
        text=True,
        timeout=START_WITHIN_S,
        check=False,
    )


def clean(**environment: str) -> dict[str, str]:
    """Nothing of this process's environment but where programs are."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "PYTHONUNBUFFERED": "1", "HOST": "127.0.0.1", "PORT": "0", "ERRANDS": "0", **environment}


class RunningSite:
    def __init__(self, process: "subprocess.Popen[str]", environment: dict[str, str]) -> None:
        self.process = process
        self.environment = environment  # what it was given, for another command of the same site
        self.said: list[str] = []
        self.address = ""

    def wait_until_open(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip())
            if line.startswith("Chatsite is on "):
                self.address = line.split()[3]
            elif self.address:  # the line after it tells the mode
                return
        raise AssertionError(f"The site ended with {self.process.wait()} before it was open: {self.errors()}")

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        with urlopen(Request(self.address + path, headers=headers), timeout=10) as response:  # noqa: S310
            return response.status, response.read().decode()

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """Exit status, and how many seconds it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(timeout=30), time.monotonic() - began

    def errors(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read()


@contextmanager
def running_site(data_dir: Path, *options: str, **environment: str) -> Iterator[RunningSite]:
    with _own_database() as database:
        environment = {"DATA_DIR": str(data_dir), **database, **environment}
        process = subprocess.Popen(
            [sys.executable, *options, "manage.py", "serve", "--prepare"],
            cwd=ROOT,
            env=clean(**environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            try:
                site = RunningSite(process, environment)
                site.wait_until_open()
                yield site
            finally:
                process.kill()


@contextmanager
def _own_database() -> Iterator[dict[str, str]]:
    """A new one where the suite runs on PostgreSQL, else SQLite in the data folder."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield {}
        return
    with own_database(url, "site") as own:
        yield {"DATABASE_URL": own}
