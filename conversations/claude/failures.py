"""From what went wrong to our error tree: one table of reasons, each with its class and its advice."""

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import anthropic
import httpx2
from django.conf import settings

from .clouds import NoCredentials
from .errors import ClaudeError, Cut, Denied, NoModel, RateLimited, Rejected, TooLong, Unavailable
from .providers import request_id_of

_ASK_OPERATOR = "Tell the person who runs this site."

# Advice says what happened and what to do. It never repeats the API's words, an address or a key.
_REASONS: dict[str, tuple[type[ClaudeError], str]] = {
    "overloaded": (Unavailable, "Claude is overloaded at the moment. Wait a minute, then retry."),
    "api_error": (Unavailable, "Claude reported a fault on its side. Wait a minute, then retry."),
    "connection": (Unavailable, f"This site could not reach Claude. Retry in a minute. If it goes on: {_ASK_OPERATOR}"),
    "timeout_first_byte": (Unavailable, "Claude did not begin to answer in time. Retry in a minute."),
    "rate_limited": (RateLimited, "This site has asked Claude too much for the moment. Wait a minute, then retry."),
    "invalid_request": (Rejected, "Claude could not accept this message. Edit it, then send it again."),
    "thinking_rejected": (Rejected, "Claude could not accept this conversation as it is. Retry, or start a new chat."),
    "too_long": (
        TooLong,
        "This chat is too large for Claude. Remove images, or retry: what is older is then summed up or left out.",
    ),
    "model_not_found": (NoModel, "This model is not available. Choose another one."),
    "unauthorized": (Denied, f"Claude does not accept this site's access. {_ASK_OPERATOR}"),
    "billing": (Denied, f"Claude reports a problem with this site's payment. {_ASK_OPERATOR}"),
    "spend_limit": (Denied, f"This site has reached its spending limit for Claude. {_ASK_OPERATOR}"),
    "stalled": (Cut, "Claude stopped sending in the middle of the answer. Continue it, or retry."),
    "timeout_total": (Cut, "The answer took longer than this site allows. Continue it, or ask for less at once."),
    "incomplete_stream": (Cut, "The answer broke off before its end. Continue it, or retry."),
    "connection_lost": (Cut, "The connection to Claude was lost during the answer. Continue it, or retry."),
    "protocol": (Cut, "The answer arrived damaged. What is readable was kept. Retry."),
    "bad_gateway": (
        Cut,
        f"Something between this site and Claude gave no answer. Retry. If it goes on: {_ASK_OPERATOR}",
    ),
    "too_large": (Cut, "The answer grew larger than this site allows. Ask for it in parts."),
}
TOO_LONG = re.compile("(prompt|input) is too long", re.I)  # of the API, and of AWS
DENIALS = frozenset(reason for reason, (kind, _) in _REASONS.items() if kind is Denied)
# These mend themselves often enough to try once more, as long as nothing was shown.
_RETRYABLE_CUTS = frozenset({"incomplete_stream", "connection_lost", "bad_gateway"})

_REASON_OF_STATUS = {
    400: "invalid_request",
    401: "unauthorized",
    402: "billing",
    403: "unauthorized",
    404: "model_not_found",
    408: "api_error",
    409: "api_error",
    413: "too_long",
    424: "api_error",  # AWS: the model failed
    429: "rate_limited",
    529: "overloaded",
}
# An error inside a stream has no status of its own: its type stands for the one that it would have had.
_STATUS_OF_TYPE = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "conflict_error": 409,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "overloaded_error": 529,
}


def failure(reason: str, *, retry_after_s: float | None = None, **facts: Any) -> ClaudeError:
    """The error of our tree for a reason, with its advice; `facts` are those of ClaudeError."""
    kind, advice = _REASONS[reason]
    if reason in _RETRYABLE_CUTS:
        facts.setdefault("retryable", True)
    if retry_after_s is not None and reason in ("rate_limited", "overloaded", "api_error"):
        advice = f"{advice.split('. ')[0]}. Try again in {_in_words(retry_after_s)}."
    return kind(reason, advice, retry_after_s=retry_after_s, **facts)


def from_sdk(error: anthropic.APIError | httpx2.HTTPError, *, model: str = "") -> ClaudeError:
    """An error before the stream opened: no connection, or an answer with an error status."""
    if isinstance(error, NoCredentials):
        return failure("unauthorized", error_type=str(error))
    if not isinstance(error, anthropic.APIStatusError):
        return failure("connection", error_type=type(error.__cause__ or error).__name__)
    headers = error.response.headers
    return failure(
        _special_reason(error, model) or _reason_of(error.status_code, error.error_code),
        status=error.status_code,
        error_type=error.type or "",
        request_id=request_id_of(headers),
        retry_after_s=retry_after_s(headers.get("retry-after")),
        # None leaves the habit of the class; the API may only forbid a retry, never ask for one of ours.
        retryable=False if headers.get("x-should-retry") == "false" else None,
    )


def _special_reason(error: anthropic.APIStatusError, model: str) -> str:
    """What status and code do not tell."""
    if _keeps_back(error, model):
        return "model_not_found"
    if _is_too_long(error):
        return "too_long"
    return "thinking_rejected" if _rejects_thinking(error) else ""


def _is_too_long(error: anthropic.APIStatusError) -> bool:
    """More tokens than the model reads. No code says so, only the words."""
    return error.status_code == HTTPStatus.BAD_REQUEST and bool(TOO_LONG.search(error.response.text))


def _rejects_thinking(error: anthropic.APIStatusError) -> bool:
    """Thinking that is sent back stands behind something else than before. No code says so, only the words."""
    text = error.response.text if error.status_code == HTTPStatus.BAD_REQUEST else ""
    return "`signature`" in text and "`thinking`" in text


def _keeps_back(error: anthropic.APIStatusError, model: str) -> bool:
    """A 403 that names the asked model denies that one alone; any other denies the site its access.

    Google names it in every 403, and says 404 of a model that a project does not have.
    """
    if settings.CLAUDE_PROVIDER == "vertex":
        return False
    return error.status_code == HTTPStatus.FORBIDDEN and bool(model) and model in error.response.text


def from_event(payload: dict[str, Any]) -> ClaudeError:
    """The `error` event, which replaces the rest of a stream."""
    error = payload.get("error")
    found = error.get("type") if isinstance(error, dict) else None
    kind = found if isinstance(found, str) else ""
    return failure(_reason_of(_STATUS_OF_TYPE.get(kind, 500), None), status=200, error_type=kind[:64])


def retry_after_s(header: str | None) -> float | None:
    """Seconds from now, of a number or a date; None for anything unreadable or past."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        return _seconds_until(header)
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _seconds_until(date: str) -> float | None:
    try:
        when = parsedate_to_datetime(date)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    seconds = (when - datetime.now(UTC)).total_seconds()
    return seconds if seconds > 0 else None


def _reason_of(status: int, error_code: str | None) -> str:
    if error_code and "spend_limit" in error_code:
        return "spend_limit"
    if status in _REASON_OF_STATUS:
        return _REASON_OF_STATUS[status]
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "api_error"
    return "invalid_request" if status >= HTTPStatus.BAD_REQUEST else "bad_gateway"


def _in_words(seconds: float) -> str:
    if seconds < 90:
        whole = max(1, math.ceil(seconds))
        return f"{whole} second{'s' if whole > 1 else ''}"
    if seconds < 90 * 60:
        return f"about {math.ceil(seconds / 60)} minutes"
    return f"about {math.ceil(seconds / 3600)} hours"
