"""Untrusted pictures are decoded in a process of their own, which may starve, hang or crash without harm.

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

from conversations.attachments import picture
from conversations.attachments.kinds import Kind, kind_of
from conversations.attachments.picture import Picture, PictureRefused

DECODER = Path(__file__).with_name("decode.py")
AT_ONCE = 2  # each may take a core and the cage's memory
MAX_WAIT_S = 60
MAX_ANSWER_BYTES = 2 * picture.MAX_PICTURE_BYTES  # picture, thumbnail and facts; a broken child may send for ever

log = logging.getLogger(__name__)
places = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Cage:
    """What one decode may use.

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


def recast(data: bytes, *, max_edge_px: int, max_tokens: int, cage: Cage = Cage()) -> Picture:
    """The picture as it may be kept, shown and sent: at most `max_tokens` patches of 28 × 28 pixels.

    Blocks for about half a second, longer while others decode; raises PictureRefused.
    """
    picture.require_size(len(data))
    kind = kind_of(data)
    order = {
        "kind": kind.value,
        "memory_bytes": cage.memory_bytes,
        "cpu_s": cage.cpu_s,
        "max_side_px": picture.MAX_SIDE_PX,
        "max_pixels": picture.MAX_PIXELS,
        "max_edge_px": max_edge_px,
        "max_tokens": max_tokens,
        "max_bytes": picture.MAX_PICTURE_BYTES,
        "thumbnail_edge_px": picture.THUMBNAIL_EDGE_PX,
    }
    if not places.acquire(timeout=MAX_WAIT_S):
        raise picture.busy(MAX_WAIT_S)
    try:
        answer = ask_child(json.dumps(order), data, wall_s=cage.wall_s)
    finally:
        places.release()
    return read(answer, kind, cage)


def ask_child(order: str, data: bytes, *, wall_s: float) -> Answer:
    command = [sys.executable, "-I", "-B", str(DECODER), order]
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


def read(answer: Answer, kind: Kind, cage: Cage) -> Picture:
    """What the child says is checked like any other input: it may have been taken over by the picture."""
    try:
        head, _, body = answer.raw.partition(b"\n")
        facts = json.loads(head)
        if reason := facts.get("refused"):
            raise refused(reason, facts, cage)
        size = facts["picture_bytes"]
        made = Picture(
            media_type=kind_of(body).media_type,
            width=int(facts["width"]),
            height=int(facts["height"]),
            data=body[:size],
            thumbnail=body[size : size + facts["thumbnail_bytes"]],
            original_media_type=kind.media_type,
            original_width=int(facts["original_width"]),
            original_height=int(facts["original_height"]),
        )
        if kind_of(made.thumbnail) is not Kind.WEBP or len(body) != len(made.data) + len(made.thumbnail):
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError):
        raise died(answer, cage) from None
    return made


def refused(reason: str, facts: dict[str, Any], cage: Cage) -> PictureRefused:
    match reason:
        case "too_many_pixels":
            return picture.too_many_pixels(
                *(int(facts[side]) if side in facts else None for side in ("width", "height"))
            )
        case "truncated":
            return picture.truncated()
        case "too_hungry":
            return picture.too_hungry(cage.memory_bytes)
        case _:
            raise ValueError(reason)


def died(answer: Answer, cage: Cage) -> PictureRefused:
    if answer.was_late:
        return picture.too_slow(cage.wall_s)
    if answer.exit_code == -signal.SIGXCPU:
        return picture.too_slow(cage.cpu_s)
    if answer.exit_code == -signal.SIGKILL:  # not by us: the kernel ran out of memory
        return picture.too_hungry(cage.memory_bytes)
    log.error("picture reader died", extra={"exit_code": answer.exit_code})
    return picture.crashed()
