"""Servers in processes of their own, each on its core, with their CPU time and their memory."""

import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, CLIENT_CORE = CORES[0], CORES[-1]
START_WITHIN_S = 60
STOP_WITHIN_S = 20


class Server:
    """A process of this Python and its children, which may die and start again. With port 0 it listens on none."""

    def __init__(self, arguments: list[str], *, port: int, cores: set[int], log: Path, **environment: str) -> None:
        self.port = port
        self._command = [sys.executable, *arguments]
        self._cores, self._log, self._environment = cores, log, clean_environment(**environment)

    def start(self) -> None:
        """Returns when it listens."""
        with self._log.open("ab") as output, on_cores(self._cores):
            self._popen = subprocess.Popen(self._command, cwd=ROOT, env=self._environment, stdout=output, stderr=output)
        self._process = psutil.Process(self._popen.pid)
        if self.port:
            _await_listening(self._popen, self.port)

    def stop(self) -> None:
        self._popen.terminate()
        try:
            self._popen.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def restart(self) -> None:
        self.stop()
        self.start()

    def kill(self) -> None:
        self._popen.kill()
        self._popen.wait()

    def complaint(self) -> str:
        """Its last words when it ended by itself: then whatever a client says is only a consequence."""
        ended = self._popen.poll()
        return "" if ended is None else f"a server ended by itself with {ended}:\n{self._log.read_text()[-3000:]}"

    def cpu_s(self) -> float:
        """CPU time so far. The process clock counts nanoseconds, where /proc/PID/stat counts hundredths of a second."""
        return sum(time.clock_gettime(~process.pid << 3 | 2) for process in self._tree())  # Linux: CPUCLOCK_SCHED

    def resident_mb(self) -> float:
        return sum(process.memory_info().rss for process in self._tree()) / 1e6

    def peak_mb(self) -> float:
        """The most memory that was ever resident, by the kernel's own high-water mark."""
        return sum(_high_water_kb(process.pid) for process in self._tree()) * 1024 / 1e6

    def _tree(self) -> list[psutil.Process]:
        return [self._process, *self._process.children(recursive=True)]


@contextmanager
def running(server: Server) -> Iterator[Server]:
    server.start()
    try:
        yield server
    finally:
        complaint = server.complaint()
        server.stop()
        if complaint:
            raise SystemExit(complaint)


def allow_many_sockets() -> None:
    """A thousand windows are more than the usual limit of a shell; servers inherit it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def clean_environment(**environment: str) -> dict[str, str]:
    """Nothing of this shell's settings, such as a DATABASE_URL, reaches a server under test."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {"ERRANDS": "0"} | environment  # a relay asks nothing of its own account


@contextmanager
def on_cores(cores: set[int]) -> Iterator[None]:
    """This thread, and what it starts meanwhile, on these cores; afterwards on the clients' core."""
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, {CLIENT_CORE})


def busy_s(core: int) -> float:
    """How long this core has worked since the machine started, for whomever."""
    times = psutil.cpu_times(percpu=True)[core]
    return float(times.user + times.nice + times.system + times.irq + times.softirq + times.steal)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _high_water_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def _await_listening(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"no server on port {port} within {START_WITHIN_S} s")
