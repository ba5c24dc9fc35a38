"""Claude's event stream as it is written on the wire."""

import re
from collections.abc import Iterator
from typing import Any

import orjson

Payload = dict[str, Any]

_DELTA = re.compile(r"\S{1,10}\s*|\s+")  # about as much text as a delta of Claude's carries


def encoded(payload: Payload) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (payload["type"].encode(), orjson.dumps(payload))


def message_start(message: Payload) -> Payload:
    return {"type": "message_start", "message": message}


def block(index: int, kind: str, text: str, *, signature: str = "") -> Iterator[Payload]:
    """One block of text or thinking, from its start to its stop."""
    empty = {"type": kind, kind: ""} | ({"signature": ""} if kind == "thinking" else {})
    yield {"type": "content_block_start", "index": index, "content_block": empty}
    for piece in _DELTA.findall(text):
        yield _delta(index, {"type": f"{kind}_delta", kind: piece})
    if signature:
        yield _delta(index, {"type": "signature_delta", "signature": signature})
    yield {"type": "content_block_stop", "index": index}


def message_delta(stop_reason: str, stop_details: Payload | None, usage: Payload) -> Payload:
    delta: Payload = {"stop_reason": stop_reason, "stop_sequence": None}
    if stop_details:
        delta["stop_details"] = stop_details
    return {"type": "message_delta", "delta": delta, "usage": usage}


def message_stop() -> Payload:
    return {"type": "message_stop"}


def ping() -> Payload:
    return {"type": "ping"}


def _delta(index: int, delta: Payload) -> Payload:
    return {"type": "content_block_delta", "index": index, "delta": delta}
