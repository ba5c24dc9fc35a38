"""What is kept of an upload: files under random names, then a row; and nothing at all when one of them fails."""

import hashlib
from pathlib import Path
from typing import IO, Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.db.models.signals import pre_save

from conversations.attachments.refused import MAX_UPLOAD_BYTES, FileRefused
from conversations.attachments.store import AttachmentGone, clean_name, part_of, read_bytes, receive, remove
from conversations.models import Attachment, Conversation, Message, Role, User
from tests.attachments import pictures


def upload(data: bytes, name: str = "photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def files_in(media: Path) -> list[Path]:
    return [path for path in media.rglob("*") if path.is_file()]


def test_a_photo_is_kept_clean_with_its_facts(alice: User, media: Path) -> None:
    receive(alice, upload(pictures.phone_photo(6), "beach.jpg"))

    attachment = Attachment.objects.get()
    stored = Path(attachment.file.path).read_bytes()
    assert (attachment.owner, attachment.message, attachment.name) == (alice, None, "beach.jpg")
    assert (attachment.width, attachment.height) == (40, 60) == pictures.opened(stored).size
    assert attachment.media_type == f"image/{(pictures.opened(stored).format or '').lower()}"
    assert (attachment.size_bytes, attachment.sha256) == (len(stored), hashlib.sha256(stored).hexdigest())
    assert b"SECRET" not in stored


def test_claude_gets_exactly_the_bytes_that_are_kept(alice: User, media: Path) -> None:
    attachment = receive(alice, upload(pictures.jpeg()))

    part = part_of(Attachment.objects.get())

    assert part.data == Path(attachment.file.path).read_bytes() == read_bytes(attachment.file)
    assert part.media_type == "image/jpeg"


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..\\..\\boot.ini", "a.php", "x.svg", "CON", "a\0.png", "😀" * 300]
)
def test_a_name_is_never_a_path(alice: User, media: Path, name: str) -> None:
    attachment = receive(alice, upload(pictures.jpeg(), name))

    assert {path.parent for path in files_in(media)} == {media / "attachments", media / "thumbnails"}
    for path in files_in(media):
        assert len(path.name) == 32
        assert int(path.name, 16) > 0
    assert attachment.name == clean_name(attachment.name)


def test_two_uploads_of_one_picture_have_nothing_in_common(alice: User, media: Path) -> None:
    first, second = (receive(alice, upload(pictures.jpeg())) for _ in range(2))

    assert first.pk != second.pk
    assert first.file.name != second.file.name
    assert len(files_in(media)) == 4


@pytest.mark.parametrize("data", [b"", b"<svg/>", pictures.jpeg()[:900], bytes(MAX_UPLOAD_BYTES + 1)])
def test_nothing_is_kept_of_what_is_refused(alice: User, media: Path, data: bytes) -> None:
    with pytest.raises(FileRefused):
        receive(alice, upload(data))

    assert not files_in(media)
    assert not Attachment.objects.exists()


def test_no_file_stays_behind_when_the_row_cannot_be_written(alice: User, media: Path) -> None:
    def fail(**_: object) -> None:
        raise DatabaseError("locked")

    pre_save.connect(fail, sender=Attachment)
    try:
        with pytest.raises(DatabaseError):
            receive(alice, upload(pictures.jpeg()))
    finally:
        pre_save.disconnect(fail, sender=Attachment)

    assert not files_in(media)


class FullDisk(FileSystemStorage):
    """Takes one file, and of the second one half."""

    def save(self, name: str | None, content: IO[Any], max_length: int | None = None) -> str:
        if not files_in(Path(self.location)):
            return super().save(name, content, max_length)
        super().save(name, ContentFile(content.read()[:10]), max_length)
        raise OSError(28, "No space left on device")


def test_a_full_disk_refuses_the_upload_and_keeps_no_half_file(
    alice: User, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("file", "thumbnail"):
        monkeypatch.setattr(Attachment._meta.get_field(name), "storage", FullDisk(location=media))

    with pytest.raises(FileRefused) as caught:
        receive(alice, upload(pictures.jpeg()))

    assert (caught.value.reason, files_in(media)) == ("not_stored", [])
    assert not Attachment.objects.exists()


def test_a_picture_not_yet_sent_can_be_taken_back(alice: User, media: Path) -> None:
    attachment = receive(alice, upload(pictures.jpeg()))

    assert remove(attachment)
    assert not remove(attachment)

    assert not files_in(media)
    assert not Attachment.objects.exists()


def test_a_picture_that_was_sent_stays_with_its_question(alice: User, media: Path) -> None:
    attachment = receive(alice, upload(pictures.jpeg()))
    chat = Conversation.objects.create(owner=alice)
    Attachment.objects.update(message=Message.objects.create(conversation=chat, position=0, role=Role.USER))

    assert not remove(attachment)

    assert part_of(Attachment.objects.get()).data


def test_a_lost_file_is_told_as_such(alice: User, media: Path) -> None:
    attachment = receive(alice, upload(pictures.jpeg()))
    Path(attachment.file.path).unlink()

    with pytest.raises(AttachmentGone):
        part_of(attachment)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("holiday.jpg", "holiday.jpg"),
        ("/etc/passwd", "passwd"),
        ("C:\\Users\\alice\\cat.png", "cat.png"),
        ("..", "file"),
        ("", "file"),
        ("\0\n", "file"),
        ("a\x00b\x1b[31m.png", "ab[31m.png"),
        ("two\nlines\t.png", "two lines .png"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("\u2066isolated\u2069.png", "isolated.png"),
        ("family 👨\u200d👩\u200d👧.png", "family 👨\u200d👩\u200d👧.png"),
        ("صورة.png", "صورة.png"),
        ("lone\ud800.png", "lone.png"),
        ("<script>.png", "<script>.png"),
    ],
)
def test_a_name_shows_what_it_says(name: str, shown: str) -> None:
    assert clean_name(name) == shown


def test_a_long_name_keeps_its_beginning_and_its_ending() -> None:
    shown = clean_name("a" * 300 + ".png")

    assert len(shown) == 80
    assert shown.startswith("aaa")
    assert shown.endswith("a.png")
    assert "…" in shown
