"""Access to Claude as a whole: which one this site has, and which failures say that it is denied."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anthropic
from django.conf import settings
from django.utils.crypto import salted_hmac

from .clouds import cloud_access
from .failures import DENIALS, from_sdk
from .keys import in_use, keys, refuse

Result = TypeVar("Result")


def is_denied(reason: str) -> bool:
    """Whether the next question would fail for the same reason, whoever asks it: key, payment or limit are at fault."""
    return reason in DENIALS


def access_print() -> str:
    """A fingerprint of keys and address: no key can be read or tried from it without the site's own secret."""
    access = "\n".join((*keys(), settings.ANTHROPIC_BASE_URL, settings.CLAUDE_TRANSPORT, *cloud_access()))
    return salted_hmac("conversations.claude.access", access, algorithm="sha256").hexdigest()


async def with_key(call: Callable[[str], Awaitable[Result]], *, model: str = "") -> Result:
    """What `call` gives with the key in use, or with the next ones while the API refuses them. Raises as `call` does.

    `model` is the one that is asked, if any: a key that is refused that one alone stays in use.
    """
    tries = max(1, len(keys()))
    while True:
        key, tries = in_use(), tries - 1
        try:
            return await call(key)
        except (anthropic.AuthenticationError, anthropic.PermissionDeniedError) as error:
            is_refused = from_sdk(error, model=model).reason == "unauthorized"
            has_next = is_refused and refuse(key, status=error.status_code, request_id=error.request_id)
            if not (has_next and tries):
                raise


def person_key(person_id: int) -> str:
    """What Claude knows a person by, for abuse detection: opaque, and always the same."""
    return salted_hmac("conversations.claude.person", str(person_id), algorithm="sha256").hexdigest()
