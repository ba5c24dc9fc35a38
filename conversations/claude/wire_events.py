"""Bytes of Claude's event stream in, JSON payloads out. Knows server-sent events, and nothing of what they mean.

The SDK could do this, at twice the processor time of the whole relay: it builds typed objects for every delta.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import orjson

MAX_EVENT_BYTES = 4 * 1024 * 1024  # a line without an end must not fill the memory

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL refuses NUL, UTF-8 has no lone surrogates


class EventTooLarge(Exception):
    """One event is longer than MAX_EVENT_BYTES."""


class EventDecoder:
    """Takes network pieces of any size; each whole event comes out once, in order.

    An event that the stream's end cuts in half is dropped, as the format demands.
    """

    def __init__(self) -> None:
        self._line: list[bytes] = []  # the pieces of a line that has not ended yet
        self._line_bytes = 0
        self._data: list[bytes] = []  # the data lines of an event that has not ended yet
        self._data_bytes = 0

    def feed(self, piece: bytes) -> Iterator[Any]:
        """The payloads that this piece completes. Raises ValueError for bad JSON or UTF-8, and EventTooLarge."""
        end = piece.rfind(b"\n")
        if end < 0:
            self._keep(piece)
            return
        self._line.append(piece[:end])
        lines = b"".join(self._line).split(b"\n")
        self._line, self._line_bytes = [], 0
        self._keep(piece[end + 1 :])
        for line in lines:
            if line.startswith(b"data:"):
                self._data.append(line[5:])  # a leading space and a trailing CR are whitespace in JSON too
                self._data_bytes += len(line)
                if self._data_bytes > MAX_EVENT_BYTES:
                    raise EventTooLarge
            elif self._data and line in (b"", b"\r"):
                data, self._data, self._data_bytes = self._data, [], 0
                yield _payload(data[0] if len(data) == 1 else b"\n".join(data))

    def _keep(self, rest: bytes) -> None:
        self._line_bytes += len(rest)
        if self._line_bytes > MAX_EVENT_BYTES:
            raise EventTooLarge
        if rest:
            self._line.append(rest)


def _payload(data: bytes) -> Any:
    if b"\\u0000" not in data:
        try:
            return orjson.loads(data)
        except orjson.JSONDecodeError:
            if b"\\u" not in data:
                raise
    # Slow and rare: a NUL to replace, or a lone surrogate, which JSON may hold and orjson refuses.
    try:
        return _storable(json.loads(data.decode()))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    return value
