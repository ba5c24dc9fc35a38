"""What nobody will send or see any more is erased: forsaken attachments, and files that no row knows."""

from collections.abc import Iterator
from datetime import datetime

from django.core.files.storage import Storage, default_storage

from conversations.attachments import store
from conversations.models import Attachment

FOLDERS = {"file": "attachments", "thumbnail": "thumbnails"}
NAMES_AT_ONCE = 500


def erase_forsaken(*, since: datetime) -> int:
    """Attachments in no question and in no draft; how many."""
    return store.erase(Attachment.objects.all().forsaken(since=since))


def erase_unknown_files(*, since: datetime) -> int:
    """Files without a row; how many. A file comes before its row, so the young ones are left alone."""
    erased = 0
    for field, folder in FOLDERS.items():
        for name in _unknown(field, _files_in(default_storage, folder)):
            if default_storage.get_modified_time(name) < since:
                default_storage.delete(name)
                erased += 1
    return erased


def _files_in(storage: Storage, folder: str) -> list[str]:
    try:
        _, names = storage.listdir(folder)
    except FileNotFoundError:  # nothing was ever attached
        return []
    return [f"{folder}/{name}" for name in names]


def _unknown(field: str, names: list[str]) -> Iterator[str]:
    for start in range(0, len(names), NAMES_AT_ONCE):
        some = names[start : start + NAMES_AT_ONCE]
        known = set(Attachment.objects.filter(**{f"{field}__in": some}).values_list(field, flat=True))
        yield from (name for name in some if name not in known)
