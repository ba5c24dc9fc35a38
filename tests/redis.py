"""A Redis of our own on a free port, which a test may kill, freeze and start again."""

import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from tests.machine import require

PATIENCE_S = 30


class RedisServer:
    def __init__(self, folder: Path) -> None:
        require(bool(shutil.which("redis-server")), "Redis", "install redis-server")
        self._folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Returns when it answers."""
        options = {"port": self._port, "bind": "127.0.0.1", "save": "", "appendonly": "no", "dir": self._folder}
        command = ["redis-server", *(str(part) for name, value in options.items() for part in (f"--{name}", value))]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE_S
        while self.command("PING") != b"+PONG\r\n":
            assert time.monotonic() < deadline, "redis-server did not start"
            time.sleep(0.02)

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait(PATIENCE_S)
            self._process = None

    def freeze(self) -> None:
        """It keeps its connections and says nothing any more."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def command(self, words: str) -> bytes:
        """The raw answer; nothing when nobody listens."""
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE_S) as connection:
                connection.sendall(f"{words}\r\n".encode())
                return connection.recv(1024)
        except ConnectionError:
            return b""

    def _signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)
