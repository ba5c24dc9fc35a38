"""Servers in processes of their own, each on its core, with their CPU time and their memory."""

import os
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
    """A running process and its children."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.port = port
        self._process = psutil.Process(process.pid)

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
def running(arguments: list[str], *, port: int, core: int, log: Path, **environment: str) -> Iterator[Server]:
    """A process that listens on `port`, started with this Python on one core and stopped at the end."""
    with log.open("wb") as output, on_core(core):
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env=clean_environment(**environment), stdout=output, stderr=output
        )
    try:
        _await_listening(process, port)
        yield Server(process, port)
    finally:
        ended = process.poll()
        _stop(process)
        if ended is not None:  # then whatever a client complains about is only a consequence
            raise SystemExit(f"a server ended by itself with {ended}:\n{log.read_text()[-3000:]}")


def clean_environment(**environment: str) -> dict[str, str]:
    """Nothing of this shell's settings, such as a DATABASE_URL, reaches a server under test."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | environment


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """This process, and what it starts meanwhile, on one core; afterwards on the clients' core."""
    os.sched_setaffinity(0, {core})
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


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


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
