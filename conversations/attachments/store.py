"""Attachments are received, kept, read and removed here; nobody else touches their files."""

import hashlib
import unicodedata
from contextlib import suppress
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.fields.files import FieldFile

from conversations.attachments.kinds import Kind, kind_of
from conversations.attachments.pdf import count_pages
from conversations.attachments.recast import recast
from conversations.attachments.refused import FileRefused, require_size
from conversations.attachments.text import kept_text, sent_text
from conversations.claude.ask import DocumentPart, ImagePart
from conversations.models import Attachment, User

# What the current models see of one image; older ones see less and shrink it themselves. Claude API, "Vision".
MAX_EDGE_PX = 2576
MAX_IMAGE_TOKENS = 4784

MAX_NAME_CHARS = 80
JOINERS = {"\u200c", "\u200d"}  # invisible, and still letters: families of emoji and Persian words need them


class AttachmentGone(Exception):
    """The row is there and the file is not: storage lost it or does not answer."""


def receive(person: User, upload: "UploadedFile[bytes]") -> Attachment:
    """A file of this person that waits to be sent; raises FileRefused and then keeps nothing."""
    require_size(upload.size or 0)
    attachment = Attachment(owner=person, name=clean_name(upload.name or ""))
    data, thumbnail = _made_of(upload.read(), attachment)
    attachment.size_bytes = len(data)
    attachment.sha256 = hashlib.sha256(data).hexdigest()
    _keep(attachment, data, thumbnail)
    return attachment


def remove(attachment: Attachment) -> bool:
    """Whether it was still unsent and is gone now; what was sent belongs to its question."""
    removed, _ = Attachment.objects.unsent().filter(pk=attachment.pk).delete()
    if removed:
        _erase_files(attachment)
    return bool(removed)


def erase(attachments: QuerySet[Attachment]) -> int:
    """These rows, and once that is certain their files; how many."""
    with transaction.atomic():
        erased = list(attachments)
        Attachment.objects.filter(pk__in=[attachment.pk for attachment in erased]).delete()
        transaction.on_commit(lambda: _erase_files(*erased))
    return len(erased)


def read_bytes(file: FieldFile) -> bytes:
    """The stored bytes of a file or a thumbnail; raises AttachmentGone."""
    try:
        with file.storage.open(str(file.name)) as stored:
            data: bytes = stored.read()
    except OSError as error:
        raise AttachmentGone from error
    return data


def part_of(attachment: Attachment) -> ImagePart | DocumentPart:
    """For Claude, byte for byte as it is stored; of a long text its beginning. Raises AttachmentGone."""
    data = read_bytes(attachment.file)
    match attachment.kind:
        case "pdf":
            return DocumentPart("application/pdf", data, attachment.name, pages=attachment.pages)
        case "text":
            return DocumentPart("text/plain", sent_text(data), attachment.name)
        case _:
            return ImagePart(attachment.media_type, data)


def clean_name(name: str) -> str:
    """A name to show, never a path: one line of at most MAX_NAME_CHARS that no invisible character can twist."""
    last_part = name.replace("\\", "/").rsplit("/", 1)[-1]
    visible = "".join(char for char in last_part if char.isspace() or char in JOINERS or _is_visible(char))
    tidy = " ".join(visible.split()).strip(" .") or "file"
    if len(tidy) <= MAX_NAME_CHARS:
        return tidy
    ending = tidy[-MAX_NAME_CHARS // 4 :]
    return f"{tidy[: MAX_NAME_CHARS - len(ending) - 1]}…{ending}"


def _is_visible(char: str) -> bool:
    """Neither a control, nor a switch of direction, nor half a character, nor private to somebody's font."""
    return not unicodedata.category(char).startswith("C")


def _made_of(data: bytes, attachment: Attachment) -> tuple[bytes, bytes]:
    """What is kept: the file and its thumbnail, if it has one. What was learned of it goes into the row."""
    kind = kind_of(data)
    match kind:
        case Kind.PDF:
            attachment.media_type, attachment.pages = kind.media_type, count_pages(data)
            return data, b""
        case Kind.TEXT:
            attachment.media_type = kind.media_type
            return kept_text(data), b""
        case _:
            made = recast(data, max_edge_px=MAX_EDGE_PX, max_tokens=MAX_IMAGE_TOKENS)
            attachment.media_type, attachment.width, attachment.height = made.media_type, made.width, made.height
            return made.data, made.thumbnail


def _keep(attachment: Attachment, data: bytes, thumbnail: bytes) -> None:
    """Files first and the row last, so that a row always has its files; whatever fails, no file stays behind."""
    attachment.file.name = f"attachments/{uuid4().hex}"
    attachment.thumbnail.name = f"thumbnails/{uuid4().hex}" if thumbnail else ""
    try:
        _write(attachment.file, data)
        if thumbnail:
            _write(attachment.thumbnail, thumbnail)
        attachment.save(force_insert=True)
    except BaseException as error:
        _erase_files(attachment)
        if isinstance(error, OSError):  # a full disk, or a store that does not answer
            raise FileRefused("not_stored", "The server could not store it. Try again in a while.") from error
        raise


def _write(file: FieldFile, data: bytes) -> None:
    file.name = file.storage.save(str(file.name), ContentFile(data))


def _erase_files(*attachments: Attachment) -> None:
    """What cannot be erased now is left for the sweep, and an error here would hide the one that led to it."""
    for attachment in attachments:
        for file in filter(None, (attachment.file, attachment.thumbnail)):
            with suppress(OSError):
                file.storage.delete(str(file.name))
