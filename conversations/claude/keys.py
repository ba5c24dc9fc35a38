"""The site's keys for the API: which there are, and which one is in use. None of them leaves this room but to the API.

A file of keys is read again when it changed, so that keys rotate without a restart. When the API refuses a key, this
process goes on with the next one, and comes back to it when it has refused all, or when it starts anew.
"""

import logging
import os
import re
from pathlib import Path

from django.conf import settings

log = logging.getLogger(__name__)

_refused: set[str] = set()
_read: tuple[tuple[str, int, int, int], tuple[str, ...]] | None = None  # the file as it was, and its keys


def keys() -> tuple[str, ...]:
    """In the order in which they are tried. A file that is gone or empty changes nothing."""
    path = settings.ANTHROPIC_API_KEY_FILE
    return (_from_file(path) if path else ()) or split(settings.ANTHROPIC_API_KEY)


def split(text: str) -> tuple[str, ...]:
    """Keys stand in lines of their own, or between commas."""
    return tuple(dict.fromkeys(re.findall(r"[^\s,]+", text)))


def last_read() -> tuple[str, ...]:
    """As `keys`, but without a look at the file."""
    return (*(_read[1] if _read else ()), *split(settings.ANTHROPIC_API_KEY))


def in_use() -> str:
    """ "" when there is no key."""
    given = keys()
    return next((key for key in given if key not in _refused), given[0] if given else "")


def authorization(key: str) -> dict[str, str]:
    """The header by which a request has this key, whatever others of its client have."""
    return {"Authorization": f"Bearer {key}"} if key else {}


def number_in_use() -> int:
    """Which of the keys it is, from 1 on."""
    given = keys()
    return given.index(in_use()) + 1 if given else 1


def refuse(key: str, *, status: int, request_id: str | None) -> bool:
    """The API does not accept it. Whether there is another one to try."""
    given = keys()
    if key in given:
        facts = {"number": given.index(key) + 1, "of": len(given), "status": status, "upstream_request": request_id}
        log.warning("claude refuses access", extra=facts)
    _refused.add(key)
    if set(given) <= _refused:
        _refused.clear()
        return False
    return True


def _from_file(path: str) -> tuple[str, ...]:
    global _read
    try:
        state = os.stat(path)
        stamp = (path, state.st_ino, state.st_mtime_ns, state.st_size)
        if _read is None or _read[0] != stamp:
            found = split(Path(path).read_text(encoding="utf-8"))
            if found or _read is None or _read[0][0] != path:
                _read = stamp, found
    except (OSError, UnicodeDecodeError):
        pass  # it may be between two versions
    return _read[1] if _read and _read[0][0] == path else ()
