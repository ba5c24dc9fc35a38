"""Access to Claude as a whole: which one this site has, and which failures say that it is denied."""

from django.conf import settings
from django.utils.crypto import salted_hmac

from .failures import DENIALS


def is_denied(reason: str) -> bool:
    """Whether the next question would fail for the same reason, whoever asks it: key, payment or limit are at fault."""
    return reason in DENIALS


def access_print() -> str:
    """A fingerprint of key and address: no key can be read or tried from it without the site's own secret."""
    access = "\n".join((settings.ANTHROPIC_API_KEY, settings.ANTHROPIC_BASE_URL, settings.CLAUDE_TRANSPORT))
    return salted_hmac("conversations.claude.access", access, algorithm="sha256").hexdigest()
