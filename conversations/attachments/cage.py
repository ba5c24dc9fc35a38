"""Untrusted files are read in a process of their own, which may starve, hang or crash without harm.

The child inherits no secret: its environment is empty, and no file is open but the pipes.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conversations.attachments import refused
from conversations.attachments.refused import FileRefused

AT_ONCE = 2  # each may take a core and the cage's memory
MAX_WAIT_S = 60
MAX_ANSWER_BYTES = 8_000_000  # a picture, its thumbnail and facts; a broken child may send for ever

log = logging.getLogger(__name__)
places = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Cage:
    """What one reading may use.

    A 50-megapixel animated WebP needs most memory: two canvases, the frame and the picture, 200 MB each.
    """

    memory_bytes: int = 1280 * 2**20
    cpu_s: int = 15
    wall_s: float = 30


@dataclass(frozen=True, slots=True)
class Answer:
    raw: bytes
    exit_code: int  # negative: the signal that ended the child
    was_late: bool


def confined(program: Path, order: dict[str, Any], data: bytes, cage: Cage) -> Answer:
    """What the program says about the data. Waits for a place and then for the program; raises FileRefused."""
    limits = {"memory_bytes": cage.memory_bytes, "cpu_s": cage.cpu_s}
    if not places.acquire(timeout=MAX_WAIT_S):
        raise refused.busy(MAX_WAIT_S)
    try:
        return ask_child(program, json.dumps(order | limits), data, wall_s=cage.wall_s)
    finally:
        places.release()


def ask_child(program: Path, order: str, data: bytes, *, wall_s: float) -> Answer:
    command = [sys.executable, "-I", "-B", str(program), order]
    started_s = time.monotonic()
    with subprocess.Popen(  # noqa: S603
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={},
        start_new_session=True,
    ) as child:
        alarm = threading.Timer(wall_s, kill, [child.pid])
        alarm.start()
        try:
            raw = converse(child, data)
        finally:
            # The end of its output is the end of the child, or it misbehaves. Nobody reaps it before this kill, so
            # the id cannot have passed to another process, and a child that has ended keeps its exit code.
            alarm.cancel()
            alarm.join()
            kill(child.pid)
        return Answer(raw, child.wait(), was_late=time.monotonic() - started_s >= wall_s)


def converse(child: subprocess.Popen[bytes], data: bytes) -> bytes:
    assert child.stdin is not None  # noqa: S101
    assert child.stdout is not None  # noqa: S101
    with suppress(BrokenPipeError), child.stdin:
        child.stdin.write(data)
    return child.stdout.read(MAX_ANSWER_BYTES + 1)


def kill(leader_pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # macOS says the latter of a group of zombies
        os.killpg(leader_pid, signal.SIGKILL)


def taken_apart(answer: Answer) -> tuple[dict[str, Any], bytes]:
    """The facts, and what follows their line. They are to be checked like any other input: the child may have been
    taken over by the file. Raises ValueError when there are none.
    """
    head, _, body = answer.raw.partition(b"\n")
    facts = json.loads(head)
    if not isinstance(facts, dict):
        raise ValueError
    return facts, body


def died(answer: Answer, cage: Cage) -> FileRefused:
    if answer.was_late:
        return refused.too_slow(cage.wall_s)
    if answer.exit_code == -signal.SIGXCPU:
        return refused.too_slow(cage.cpu_s)
    if answer.exit_code == -signal.SIGKILL:  # not by us: the kernel ran out of memory
        return refused.too_hungry(cage.memory_bytes)
    log.error("file reader died", extra={"exit_code": answer.exit_code})
    return refused.crashed()
