"""Files that lie in storage as they would after an upload; what is in them matters to nobody here."""

import hashlib

from channels.db import database_sync_to_async
from django.core.files.base import ContentFile

from conversations.models import Attachment, User


def stored(person: User, data: bytes = b"a picture", *, width: int = 640, height: int = 480) -> Attachment:
    attachment = Attachment(
        owner=person,
        name="fjord.png",
        media_type="image/png",
        width=width,
        height=height,
        size_bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )
    attachment.file.save("attachments/picture", ContentFile(data), save=False)
    attachment.save()
    return attachment


@database_sync_to_async
def picture(person: User, data: bytes = b"a picture", *, width: int = 640, height: int = 480) -> Attachment:
    return stored(person, data, width=width, height=height)


@database_sync_to_async
def document(person: User, data: bytes, name: str = "report.pdf", *, pages: int = 1) -> Attachment:
    media_type = "application/pdf"
    attachment = Attachment(owner=person, name=name, media_type=media_type, pages=pages, size_bytes=len(data))
    attachment.file.save("attachments/document", ContentFile(data), save=False)
    attachment.save()
    return attachment


@database_sync_to_async
def note(person: User, words: str, name: str = "notes.txt") -> Attachment:
    attachment = Attachment(owner=person, name=name, media_type="text/plain", size_bytes=len(words.encode()))
    attachment.file.save("attachments/note", ContentFile(words.encode()), save=False)
    attachment.save()
    return attachment


@database_sync_to_async
def lose_file(attachment: Attachment) -> None:
    attachment.file.storage.delete(str(attachment.file.name))
