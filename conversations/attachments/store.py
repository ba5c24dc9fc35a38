"""Attachments are received, kept, read and removed here; nobody else touches their files."""

import hashlib
import unicodedata
from contextlib import suppress
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db.models.fields.files import FieldFile

from conversations.attachments import picture
from conversations.attachments.cage import recast
from conversations.attachments.picture import Picture, PictureRefused
from conversations.claude.ask import ImagePart
from conversations.models import Attachment, User

# What the current models see of one image; older ones see less and shrink it themselves. Claude API, "Vision".
MAX_EDGE_PX = 2576
MAX_IMAGE_TOKENS = 4784

MAX_NAME_CHARS = 80
JOINERS = {"\u200c", "\u200d"}  # invisible, and still letters: families of emoji and Persian words need them


class AttachmentGone(Exception):
    """The row is there and the file is not: storage lost it or does not answer."""


def receive(person: User, upload: "UploadedFile[bytes]") -> Attachment:
    """A picture of this person that waits to be sent; raises PictureRefused and then keeps nothing."""
    picture.require_size(upload.size or 0)
    made = recast(upload.read(), max_edge_px=MAX_EDGE_PX, max_tokens=MAX_IMAGE_TOKENS)
    attachment = Attachment(
        owner=person,
        name=clean_name(upload.name or ""),
        media_type=made.media_type,
        width=made.width,
        height=made.height,
        size_bytes=len(made.data),
        sha256=hashlib.sha256(made.data).hexdigest(),
    )
    _keep(attachment, made)
    return attachment


def remove(attachment: Attachment) -> bool:
    """Whether it was still unsent and is gone now; what was sent belongs to its question."""
    removed, _ = Attachment.objects.unsent().filter(pk=attachment.pk).delete()
    if removed:
        _erase(attachment)
    return bool(removed)


def read_bytes(file: FieldFile) -> bytes:
    """The stored bytes of a picture or a thumbnail; raises AttachmentGone."""
    try:
        with file.storage.open(str(file.name)) as stored:
            data: bytes = stored.read()
    except OSError as error:
        raise AttachmentGone from error
    return data


def image_part(attachment: Attachment) -> ImagePart:
    """For Claude, byte for byte as it is stored and shown; raises AttachmentGone."""
    return ImagePart(attachment.media_type, read_bytes(attachment.file))


def clean_name(name: str) -> str:
    """A name to show, never a path: one line of at most MAX_NAME_CHARS that no invisible character can twist."""
    last_part = name.replace("\\", "/").rsplit("/", 1)[-1]
    visible = "".join(char for char in last_part if char.isspace() or char in JOINERS or _is_visible(char))
    tidy = " ".join(visible.split()).strip(" .") or "image"
    if len(tidy) <= MAX_NAME_CHARS:
        return tidy
    ending = tidy[-MAX_NAME_CHARS // 4 :]
    return f"{tidy[: MAX_NAME_CHARS - len(ending) - 1]}…{ending}"


def _is_visible(char: str) -> bool:
    """Neither a control, nor a switch of direction, nor half a character, nor private to somebody's font."""
    return not unicodedata.category(char).startswith("C")


def _keep(attachment: Attachment, made: Picture) -> None:
    """Files first and the row last, so that a row always has its files; whatever fails, no file stays behind."""
    attachment.file.name = f"attachments/{uuid4().hex}"
    attachment.thumbnail.name = f"thumbnails/{uuid4().hex}"
    try:
        _write(attachment.file, made.data)
        _write(attachment.thumbnail, made.thumbnail)
        attachment.save(force_insert=True)
    except BaseException as error:
        _erase(attachment)
        if isinstance(error, OSError):  # a full disk, or a store that does not answer
            raise PictureRefused("not_stored", "The server could not store it. Try again in a while.") from error
        raise


def _write(file: FieldFile, data: bytes) -> None:
    file.name = file.storage.save(str(file.name), ContentFile(data))


def _erase(attachment: Attachment) -> None:
    """What cannot be erased now is an orphan, and an error here would hide the one that led to it."""
    for file in (attachment.file, attachment.thumbnail):
        with suppress(OSError):
            file.storage.delete(str(file.name))
