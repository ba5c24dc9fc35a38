"""A recorded session: what the API said, byte for byte, and beside it what the site is to make of that.

NAME.sse               a stream; what follows it in the same answer is NAME.2.sse
NAME.json              an answer that is no stream
NAME.expected.json     `section` of the API's reference, `about`; `status` and `headers` where they are not the usual
                       ones; then what came of it: `state`, `reason`, `page` (the words of the answer as shown) and
                       `ledger` (a row for each request, its empty fields left out)
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

from tests.upstream import Reply

FOLDER = Path(__file__).parent / "sessions"
NEWS = {"of_tomorrow": {"is": ["unknown", 1, None]}}
UNKNOWN_EVENT = b'event: weather\ndata: {"type":"weather","sky":"grey"}\n\n'
HEADERS = {"content-type": "text/event-stream; charset=utf-8", "request-id": "req_011Conform"}


@dataclass(frozen=True)
class Session:
    name: str

    @cached_property
    def expected(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((FOLDER / f"{self.name}.expected.json").read_text())
        return found

    @cached_property
    def bodies(self) -> list[bytes]:
        """One for each request of the answer."""
        files = [FOLDER / f"{self.name}.json", *sorted(FOLDER.glob(f"{self.name}.sse"))]
        files += sorted(FOLDER.glob(f"{self.name}.[0-9].sse"))
        return [file.read_bytes() for file in files if file.exists()]

    @property
    def is_stream(self) -> bool:
        return not (FOLDER / f"{self.name}.json").exists()

    def replies(self, *, slice_bytes: int = 0) -> list[Reply]:
        """As it was recorded, or in pieces of so many bytes."""
        return [self._reply((body,), slice_bytes) for body in self.bodies]

    def replies_in_slices(self, seed: int) -> list[Reply]:
        return [self._reply(tuple(slices(body, Random(seed)))) for body in self.bodies]

    def replies_with_news(self) -> list[Reply]:
        """With fields and events that do not exist yet wherever there may be some."""
        return [self._reply((with_news(body) if self.is_stream else _with_fields(body),)) for body in self.bodies]

    def _reply(self, steps: tuple[bytes, ...], slice_bytes: int = 0) -> Reply:
        kind = {} if self.is_stream else {"content-type": "application/json"}
        headers = HEADERS | kind | self.expected.get("headers", {})
        return Reply(steps, status=self.expected.get("status", 200), headers=headers, slice_bytes=slice_bytes)


def all_sessions() -> list[Session]:
    return [Session(file.name.removesuffix(".expected.json")) for file in sorted(FOLDER.glob("*.expected.json"))]


def slices(body: bytes, random: Random) -> Iterator[bytes]:
    at = 0
    while at < len(body):
        size = random.choice((1, 2, 5, 40, 300))
        yield body[at : at + size]
        at += size


def with_news(body: bytes) -> bytes:
    lines = [b"data: " + _with_fields(line[6:]) if line.startswith(b"data: ") else line for line in body.splitlines()]
    return UNKNOWN_EVENT + b"\n".join([*lines, b""]).replace(b"\n\n", b"\n\n: nothing\n\n" + UNKNOWN_EVENT)


def _with_fields(text: bytes) -> bytes:
    """JSON with a further field in each object that is the API's own; anything else as it is."""
    try:
        told = json.loads(text)
    except ValueError:
        return text
    for within in ("message", "content_block", "delta", "usage", "error"):
        if isinstance(told.get(within), dict):
            told[within] |= NEWS
    return json.dumps(told | NEWS).encode()
