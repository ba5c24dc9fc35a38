"""Deleting is real: the files of what is deleted go with it, once the deletion is certain."""

from collections.abc import Iterable
from contextlib import suppress

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.fields.files import FieldFile

from conversations.models import Attachment


def files_of(attachments: QuerySet[Attachment]) -> list[FieldFile]:
    """To be asked before their rows go."""
    return [file for attachment in attachments for file in (attachment.file, attachment.thumbnail) if file]


def erase_on_commit(files: Iterable[FieldFile]) -> None:
    def erase() -> None:
        for file in files:
            with suppress(OSError):  # what cannot be erased now is an orphan; its row is gone all the same
                file.storage.delete(str(file.name))

    transaction.on_commit(erase)
