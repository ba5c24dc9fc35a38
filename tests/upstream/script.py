"""What the upstream can be told to do: events, raw bytes, pauses and faults."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DEFAULT_TEXT = "Hello from the upstream. It answers every question with these words."


@dataclass(frozen=True)
class Gate:
    """Wait here until the test releases this name."""

    name: str


@dataclass(frozen=True)
class Hang:
    """Say nothing more until the client goes away."""


@dataclass(frozen=True)
class Pings:
    """Ping until the client goes away."""

    every_s: float = 0.02


@dataclass(frozen=True)
class Pause:
    """Say nothing for a moment."""

    seconds: float


@dataclass(frozen=True)
class Reset:
    """Tear the connection down with a TCP reset."""


@dataclass(frozen=True)
class ChunkedCut:
    """Promise a chunk, send half of it, close."""


@dataclass(frozen=True)
class Close:
    """Close the connection without ending the body; with `Connection: close` framing that is a clean end."""


Event = dict[str, Any]
Step = Event | bytes | Gate | Hang | Pings | Pause | Reset | ChunkedCut | Close


@dataclass(frozen=True)
class Reply:
    """One answer. `slice_bytes` cuts what is sent into pieces of that many bytes, one network write each.

    `steps_before` run before the status line, so that `Hang()` there is a server that never answers.
    """

    steps: tuple[Step, ...]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    slice_bytes: int = 0
    is_chunked: bool = True
    steps_before: tuple[Step, ...] = ()

    @classmethod
    def streaming(cls, *steps: Step, slice_bytes: int = 0, is_chunked: bool = True, **headers: str) -> "Reply":
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kind = {"content-type": "text/event-stream; charset=utf-8", "request-id": "req_upstream"}
        return cls(steps, headers=kind | named, slice_bytes=slice_bytes, is_chunked=is_chunked)

    @classmethod
    def error(cls, status: int, kind: str, *, error_code: str = "", **headers: str) -> "Reply":
        details = {"details": {"error_code": error_code}} if error_code else {}
        error = {"type": kind, "message": "words of the upstream", **details}
        body = {"type": "error", "error": error, "request_id": "req_refused"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        json_headers = {"content-type": "application/json", "request-id": "req_refused"}
        return cls((json.dumps(body).encode(),), status=status, headers=json_headers | named)

    @classmethod
    def page(cls, body: bytes, *, status: int = 200, content_type: str = "text/html") -> "Reply":
        """What a proxy puts in Claude's place."""
        return cls((body,), status=status, headers={"content-type": content_type})

    @classmethod
    def json(cls, body: Any) -> "Reply":
        return cls((json.dumps(body).encode(),), headers={"content-type": "application/json"})

    @classmethod
    def never(cls) -> "Reply":
        return cls((), steps_before=(Hang(),))


def begin(
    *,
    model: str = "claude-opus-5-5",
    index: int | None = 0,
    kind: str = "text",
    diagnostics: Any = None,
    **usage: Any,
) -> bytes:
    """`message_start`, and the start of a first block unless `index` is None."""
    counts = {"input_tokens": 12, "output_tokens": 1} | usage
    message: dict[str, Any] = {
        "id": "msg_upstream",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
    }
    message = message | {"stop_reason": None, "diagnostics": diagnostics, "usage": counts}
    started = {"type": "message_start", "message": message}
    return sse(started) + (block_start(index, kind) if index is not None else b"")


def block_start(index: int = 0, kind: str = "text", **content: Any) -> bytes:
    words = {"text": {"text": ""}, "thinking": {"thinking": "", "signature": ""}}.get(kind, {})
    block = {"type": kind, **words, **content}
    return sse({"type": "content_block_start", "index": index, "content_block": block})


def text(words: str, index: int = 0, kind: str = "text") -> bytes:
    delta = {"type": f"{kind}_delta", kind: words}
    return sse({"type": "content_block_delta", "index": index, "delta": delta})


def block_stop(index: int = 0) -> bytes:
    return sse({"type": "content_block_stop", "index": index})


def message_delta(stop_reason: str | None = "end_turn", *, output_tokens: int | None = 20, **delta: Any) -> bytes:
    usage = {} if output_tokens is None else {"usage": {"output_tokens": output_tokens}}
    return sse({"type": "message_delta", "delta": {"stop_reason": stop_reason, **delta}, **usage})


def end(stop_reason: str = "end_turn", *, index: int | None = 0, output_tokens: int = 20, **delta: Any) -> bytes:
    """The end of the block, the stop reason, `message_stop`."""
    closing = block_stop(index) if index is not None else b""
    return closing + message_delta(stop_reason, output_tokens=output_tokens, **delta) + sse({"type": "message_stop"})


def spoken(words: str = DEFAULT_TEXT, *, stop_reason: str = "end_turn", **usage: Any) -> Reply:
    """An ordinary answer, a few characters a delta."""
    output_tokens = usage.pop("output_tokens", max(1, len(words) // 3))
    deltas = [text(words[at : at + 6]) for at in range(0, len(words), 6)]
    return Reply.streaming(begin(**usage), *deltas, end(stop_reason, output_tokens=output_tokens))


def sse(event: Event) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
