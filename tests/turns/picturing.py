"""Pictures that lie in storage as they would after an upload; what is in them matters to nobody here."""

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
def lose_file(attachment: Attachment) -> None:
    attachment.file.storage.delete(str(attachment.file.name))
