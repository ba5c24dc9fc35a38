"""The binary frames in which the older endpoint of Bedrock streams, into the server-sent events that they hold."""

from base64 import b64decode
from collections.abc import AsyncGenerator
from typing import Any

import orjson

from .failures import failure

# What AWS calls a fault inside a stream, in the words of the API.
_ERROR_TYPES = {
    "throttlingException": "rate_limit_error",
    "serviceUnavailableException": "overloaded_error",
    "validationException": "invalid_request_error",
    "accessDeniedException": "permission_error",
}


async def unframed(pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """Raises ClaudeError for frames that are damaged."""
    from botocore.eventstream import EventStreamBuffer, ParserError  # optional

    buffer = EventStreamBuffer()
    try:
        async for piece in pieces:
            buffer.add_data(piece)
            if events := b"".join(map(_event, buffer)):
                yield events
    except (ParserError, ValueError, KeyError, TypeError) as error:
        raise failure("protocol") from error
    finally:
        await pieces.aclose()


def _event(frame: Any) -> bytes:
    kind = frame.headers.get(":exception-type") or frame.headers.get(":error-code")
    if kind:
        error = {"type": "error", "error": {"type": _ERROR_TYPES.get(kind, "api_error")}}
        return b"data: %b\n\n" % orjson.dumps(error)
    if frame.headers.get(":event-type") != "chunk":
        return b""
    return b"data: %b\n\n" % b64decode(orjson.loads(frame.payload)["bytes"])
