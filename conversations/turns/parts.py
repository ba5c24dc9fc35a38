"""Words and files as Claude gets them: files before text, and in the place of each that is not sent a note."""

from collections.abc import Container, Iterable, Sequence
from uuid import UUID

from conversations.attachments.store import AttachmentGone, part_of
from conversations.claude.ask import DocumentPart, ImagePart, Part, TextPart
from conversations.models import Attachment, Message
from conversations.turns.files import cut_off, left_out

FILES_OF_THE_PROJECT = "[These files belong to the project that this chat is in. The chat begins behind this line.]"


def parts_of(message: Message, kept: Container[UUID], *, may_miss: bool) -> Iterable[Part]:
    """No thinking is among them: it belongs to the answer that it led to. Raises AttachmentGone unless it may miss."""
    if message.has_attachments:
        yield from _of_files(message.attachments.all(), kept, may_miss=may_miss)
    if message.text.strip():
        yield TextPart(message.text)


def parts_of_project(files: Sequence[Attachment], kept: Container[UUID]) -> Iterable[Part]:
    """The same at every question, for the prompt cache. A file that is gone is only left out."""
    if files:
        yield from _of_files(files, kept, may_miss=True)
        yield TextPart(FILES_OF_THE_PROJECT)


def _of_files(files: Iterable[Attachment], kept: Container[UUID], *, may_miss: bool) -> Iterable[Part]:
    images, documents, notes = 0, list[str](), list[str]()
    for attachment in files:
        part = _file(attachment, may_miss=may_miss) if attachment.pk in kept else None
        if part is not None:
            yield part
            notes += _cut(part, attachment)
        elif attachment.kind == "image":
            images += 1
        else:
            documents.append(attachment.name)
    for note in (*left_out(images, documents), *notes):
        yield TextPart(note)


def _file(attachment: Attachment, *, may_miss: bool) -> ImagePart | DocumentPart | None:
    try:
        return part_of(attachment)
    except AttachmentGone:
        if may_miss:
            return None
        raise


def _cut(part: ImagePart | DocumentPart, attachment: Attachment) -> Iterable[str]:
    if attachment.kind == "text" and len(part.data) < attachment.size_bytes:
        yield cut_off(attachment.name, len(part.data.decode()))
