"""What the API refuses, in its own shape and words of our own."""

from base64 import b64decode
from binascii import Error as BadBase64
from collections.abc import Mapping
from typing import Any

from conversations.claude.catalogue import CARDS, card

REMOVED = ("temperature", "top_p", "top_k")
IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")
MAX_IMAGE_BYTES = 10 * 1024 * 1024  # as base64


class ApiError(Exception):
    def __init__(self, status: int, kind: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.headers = headers or {}


def check_access(headers: Mapping[str, str]) -> None:
    if not (headers.get("authorization", "").removeprefix("Bearer ").strip() or headers.get("x-api-key")):
        raise ApiError(401, "authentication_error", "an API key is required")
    if not headers.get("anthropic-version"):
        raise _invalid("anthropic-version: header is required")


def check_message_request(body: Any, *, counts_only: bool = False) -> dict[str, Any]:
    """The body, when a Messages API would take it. Raises ApiError."""
    if not isinstance(body, dict):
        raise _invalid("the body must be an object")
    for name in ("model", "messages") if counts_only else ("model", "max_tokens", "messages"):
        if name not in body:
            raise _invalid(f"{name}: field required")
    for name in REMOVED:
        if name in body:
            raise _invalid(f"{name}: not supported in this API version")
    if not isinstance(body["model"], str) or not card(body["model"]).is_known:
        raise ApiError(404, "not_found_error", f"model: {body['model']}")
    if not counts_only:
        _check_limit(body)
    _check_messages(body["messages"])
    _check_thinking(body)
    return body


def known_models() -> list[dict[str, Any]]:
    return [
        {
            "type": "model",
            "id": model.id,
            "display_name": model.display_name,
            "line": model.line,
            "lifecycle": "active",
            "created_at": "1970-01-01T00:00:00Z",  # the API's own way to say that it does not know
            "max_input_tokens": model.context_tokens,
            "max_tokens": model.max_output_tokens,
        }
        for model in CARDS.values()
    ]


def _check_limit(body: dict[str, Any]) -> None:
    most = card(body["model"]).max_output_tokens
    if not isinstance(body["max_tokens"], int) or not 0 < body["max_tokens"] <= most:
        raise _invalid(f"max_tokens: must be a whole number from 1 to {most}")


def _check_messages(messages: Any) -> None:
    if not isinstance(messages, list) or not messages:
        raise _invalid("messages: at least one message is required")
    for place, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in ("user", "assistant"):
            raise _invalid(f"messages.{place}.role: must be user or assistant")
        content = message.get("content")
        if isinstance(content, list) and content:
            for number, block in enumerate(content):
                _check_block(f"messages.{place}.content.{number}", block)
        elif not isinstance(content, str) or not content:
            raise _invalid(f"messages.{place}.content: must not be empty")
    if messages[0]["role"] != "user":
        raise _invalid("messages: the first message must be the user's")
    if messages[-1]["role"] != "user":
        raise _invalid("messages: this model does not support assistant message prefill")


def _check_block(where: str, block: Any) -> None:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind == "text":
        if not isinstance(block.get("text"), str) or not block["text"].strip():
            raise _invalid(f"{where}: text content blocks must be non-empty")
    elif kind == "image":
        _check_image(where, block.get("source"))
    else:
        raise _invalid(f"{where}.type: the stand-in takes text and images")


def _check_image(where: str, source: Any) -> None:
    if not isinstance(source, dict) or source.get("type") != "base64" or source.get("media_type") not in IMAGE_TYPES:
        raise _invalid(f"{where}.source: must be base64 of a supported media type")
    data = source.get("data")
    if not isinstance(data, str) or len(data) > MAX_IMAGE_BYTES:
        raise _invalid(f"{where}.source.data: at most {MAX_IMAGE_BYTES} bytes")
    try:
        b64decode(data, validate=True)
    except BadBase64 as error:
        raise _invalid(f"{where}.source.data: not base64") from error


def _check_thinking(body: dict[str, Any]) -> None:
    thinking = body.get("thinking")
    if thinking is None:
        return
    kind = thinking.get("type") if isinstance(thinking, dict) else None
    if kind != "adaptive":
        raise _invalid(f"thinking.type.{kind}: not supported by this model")


def _invalid(message: str) -> ApiError:
    return ApiError(400, "invalid_request_error", message)
