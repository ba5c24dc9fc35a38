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


def block(index: int, whole: Payload) -> Iterator[Payload]:
    """One block, from its start to its stop: words and inputs in pieces, anything else at once."""
    kind = whole["type"]
    if kind in ("text", "thinking"):
        yield _start(index, {"type": kind, kind: ""} | ({"signature": ""} if kind == "thinking" else {}))
        for piece in _DELTA.findall(whole[kind]):
            yield _delta(index, {"type": f"{kind}_delta", kind: piece})
        if whole.get("signature"):
            yield _delta(index, {"type": "signature_delta", "signature": whole["signature"]})
        for citation in whole.get("citations", ()):
            yield _delta(index, {"type": "citations_delta", "citation": citation})
    elif kind in ("tool_use", "server_tool_use"):
        yield _start(index, whole | {"input": {}})
        for piece in _DELTA.findall(orjson.dumps(whole["input"]).decode()):
            yield _delta(index, {"type": "input_json_delta", "partial_json": piece})
    else:
        yield _start(index, whole)
    yield {"type": "content_block_stop", "index": index}


def message_delta(stop_reason: str, usage: Payload, **told: Payload | None) -> Payload:
    return {
        "type": "message_delta",
        "delta": {"stop_reason": stop_reason, "stop_sequence": None} | _present(told),
        "usage": usage,
    }


def message_stop() -> Payload:
    return {"type": "message_stop"}


def ping() -> Payload:
    return {"type": "ping"}


def _present(told: Payload) -> Payload:
    return {name: value for name, value in told.items() if value is not None}


def _start(index: int, empty: Payload) -> Payload:
    return {"type": "content_block_start", "index": index, "content_block": empty}


def _delta(index: int, delta: Payload) -> Payload:
    return {"type": "content_block_delta", "index": index, "delta": delta}
