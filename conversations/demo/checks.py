"""What the API refuses, in its own shape and words of our own."""

from base64 import b64decode
from binascii import Error as BadBase64
from collections.abc import Mapping
from typing import Any

from conversations.claude.caching import MOST_BREAKPOINTS
from conversations.claude.cards import EFFORTS, Lifecycle, ModelCard
from conversations.claude.catalogue import card

from .counting import lifetimes

REMOVED = ("temperature", "top_p", "top_k")
IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")
TAKEN = (
    *("thinking", "redacted_thinking", "tool_use", "tool_result", "server_tool_use"),
    *("web_search_tool_result", "web_fetch_tool_result", "code_execution_tool_result"),
    *("bash_code_execution_tool_result", "text_editor_code_execution_tool_result"),
)
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
    if not isinstance(body["model"], str) or not _is_served(card(body["model"])):
        raise ApiError(404, "not_found_error", f"model: {body['model']}")
    if not counts_only:
        _check_limit(body)
    _check_messages(body["messages"])
    _check_tools(body["messages"])
    _check_thinking(body)
    _check_breakpoints(body)
    return body


def _is_served(model: ModelCard) -> bool:
    return model.is_known and model.lifecycle != Lifecycle.RETIRED


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
    if messages[-1]["role"] != "user" and not _is_paused(messages[-1]):
        raise _invalid("messages: this model does not support assistant message prefill")


def _is_paused(message: dict[str, Any]) -> bool:
    """Whether it may go on with this answer: the vendor's own tools were at work in it."""
    return any(block["type"] == "server_tool_use" for block in _blocks(message))


def _check_block(where: str, block: Any) -> None:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind == "text":
        if not isinstance(block.get("text"), str) or not block["text"].strip():
            raise _invalid(f"{where}: text content blocks must be non-empty")
    elif kind == "image":
        _check_image(where, block.get("source"))
    elif kind == "document":
        _check_document(where, block.get("source"))
    elif kind not in TAKEN:
        raise _invalid(f"{where}.type: the stand-in does not take {kind}")


def _check_tools(messages: list[dict[str, Any]]) -> None:
    """Each request of a tool has its result in the message behind it, before anything else."""
    for place, message in enumerate(messages):
        asked = [block["id"] for block in _blocks(message) if block["type"] == "tool_use"]
        behind = _blocks(messages[place + 1]) if place + 1 < len(messages) else []
        told = [block.get("tool_use_id") for block in behind[: len(asked)]]
        if sorted(asked) != sorted(str(key) for key in told):
            raise _invalid(f"messages.{place}: tool_use ids were found without tool_result blocks immediately after")


def _blocks(message: dict[str, Any]) -> list[dict[str, Any]]:
    return message["content"] if isinstance(message["content"], list) else []


def _check_image(where: str, source: Any) -> None:
    if not isinstance(source, dict) or source.get("type") != "base64" or source.get("media_type") not in IMAGE_TYPES:
        raise _invalid(f"{where}.source: must be base64 of a supported media type")
    data = source.get("data")
    if not isinstance(data, str) or len(data) > MAX_IMAGE_BYTES:
        raise _invalid(f"{where}.source.data: at most {MAX_IMAGE_BYTES} bytes")
    _check_base64(where, data)


def _check_document(where: str, source: Any) -> None:
    """A PDF as base64 or plain text, in which there is something."""
    kinds = {"base64": "application/pdf", "text": "text/plain"}
    if not isinstance(source, dict) or kinds.get(source.get("type", "")) != source.get("media_type"):
        raise _invalid(f"{where}.source: must be a PDF as base64 or plain text")
    data = source.get("data")
    if not isinstance(data, str) or not data.strip():
        raise _invalid(f"{where}.source.data: must not be empty")
    if source["type"] == "base64":
        _check_base64(where, data)


def _check_base64(where: str, data: str) -> None:
    try:
        b64decode(data, validate=True)
    except BadBase64 as error:
        raise _invalid(f"{where}.source.data: not base64") from error


def _check_thinking(body: dict[str, Any]) -> None:
    """A kind that the model takes, and an effort; some kinds go with efforts up to a level only."""
    model, effort = card(body["model"]), (body.get("output_config") or {}).get("effort")
    if effort is not None and effort not in model.efforts:
        raise _invalid(f"output_config.effort.{effort}: not supported by this model")
    thinking = body.get("thinking")
    if thinking is None:
        return
    kind = thinking.get("type") if isinstance(thinking, dict) else None
    if kind not in model.thinking.takes:
        raise _invalid(f"thinking.type.{kind}: not supported by this model")
    hard = EFFORTS[EFFORTS.index(model.thinking.quiet_up_to) + 1 :]
    if kind in ("disabled", "between_tools") and effort in hard:
        raise _invalid(f"thinking.type.{kind}: not supported at effort {effort}")


def _check_breakpoints(body: dict[str, Any]) -> None:
    ttls = lifetimes(body)
    if len(ttls) > MOST_BREAKPOINTS:
        raise _invalid(f"cache_control: at most {MOST_BREAKPOINTS} breakpoints")
    if sorted(ttls) != ttls:  # "1h" stands before "5m"
        raise _invalid("cache_control: a longer lifetime must not stand behind a shorter one")


def _invalid(message: str) -> ApiError:
    return ApiError(400, "invalid_request_error", message)
