"""What may stand in a log line: ids, numbers, stable words; no secret, and nothing that a person or Claude wrote."""

import re
import traceback
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import TracebackType
from typing import Any
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError

MASK = "[redacted]"
_SECRET_WORDS = {
    *("authorization", "cookie", "cookies", "csrf", "key", "password", "secret", "session", "sessionid", "token"),
    *("address", "body", "content", "email", "filename", "name", "prompt", "query", "text", "title", "username"),
}
_SECRET_SHAPES = re.compile(
    r"sk-[\w-]{8,}"  # keys of the Claude API and their like
    r"|\b(?:bearer|basic)\s+[\w.~+/=-]{8,}"
    r"|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"  # JSON web tokens
    r"|-----BEGIN [A-Z ]+-----[^\"]*?(?:-----END [A-Z ]+-----|$)"
    r"|(?<=://)[^\s/@:]*:[^\s/@]+(?=@)"  # the credentials in an address
    r"|[\w.+-]+@[\w-]+\.[\w.-]+",  # e-mail addresses
    re.IGNORECASE,
)
# Their messages speak of the machine. The message of any other exception may quote what somebody wrote:
# PostgreSQL prints the row that broke a constraint, and a ValueError its value.
_SPEAKING = (ImproperlyConfigured, OperationalError, ImportError, AttributeError, NameError, TypeError)


def without_secrets(text: str, *, known: tuple[str, ...] = ()) -> str:
    """`text` with the `known` secrets masked, and whatever has the shape of one."""
    for secret in known:
        text = text.replace(secret, MASK)
    return _SECRET_SHAPES.sub(MASK, text)


def is_secret_key(key: str) -> bool:
    """Whether a field of this name holds a secret or words: `api_key`, `text`; but `tokens_out` is a number."""
    return not _SECRET_WORDS.isdisjoint(re.split(r"[^a-z]+", key.lower()))


def plain(value: Any) -> Any:
    """`value` as a log line may show it: of an object only its type, since its repr may quote anything."""
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return value
        case Decimal() | UUID() | date():
            return str(value)
        case Mapping():
            return {str(key): MASK if is_secret_key(str(key)) else plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
    return f"<{type(value).__name__}>"


def exception_without_words(
    exc_info: tuple[type[BaseException], BaseException, TracebackType | None],
) -> str:
    """Types and places of an exception and of what led to it, the oldest first, without what they say."""
    chain: list[BaseException] = []
    error: BaseException | None = exc_info[1]
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(_one_exception(error) for error in reversed(chain))


def _one_exception(error: BaseException) -> str:
    frames = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
    return (
        f"Traceback (most recent call last):\n{frames}{type(error).__module__}.{type(error).__qualname__}{_said(error)}"
    )


def _said(error: BaseException) -> str:
    if isinstance(error, OSError):
        return f": {error.strerror}" if error.strerror else ""
    return f": {error}" if isinstance(error, _SPEAKING) else ""
