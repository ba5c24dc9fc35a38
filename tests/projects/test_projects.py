"""Projects keep a name of their own, files within limits, and take nothing with them but what is theirs."""

from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from conversations.attachments.refused import FileRefused
from conversations.chats import keep as chats
from conversations.models import Attachment, Conversation, Project, User
from conversations.projects import files
from conversations.projects.keep import NameTaken, begin, change, delete
from conversations.turns.start import Sending, start_turn
from tests.attachments.documents import pdf


def text(name: str = "notes.txt", size: int = 10) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"a" * size)


@pytest.fixture
def garden(alice: User) -> Project:
    return begin(alice, "Garden")


def test_a_person_has_one_project_of_a_name(alice: User, ben: User, garden: Project) -> None:
    begin(ben, "Garden")
    other = begin(alice, "House")

    with pytest.raises(NameTaken):
        begin(alice, "Garden")
    with pytest.raises(NameTaken):
        change(other, name="Garden", instructions="")
    assert list(Project.objects.visible_to(alice).in_order()) == [garden, other]


@pytest.mark.django_db(transaction=True)
def test_a_deleted_project_leaves_its_chats_and_takes_its_files(alice: User, garden: Project, media: Path) -> None:
    chat = Conversation.objects.create(owner=alice, model="claude-opus-5-5")
    chats.move(chat, garden)
    files.add(garden, text())

    delete(garden)

    chat.refresh_from_db()
    assert chat.project is None
    assert not Attachment.objects.exists()
    assert [path for path in media.rglob("*") if path.is_file()] == []


@pytest.mark.django_db(transaction=True)
def test_nothing_goes_into_a_project_that_was_deleted_meanwhile(alice: User, garden: Project, media: Path) -> None:
    chat = Conversation.objects.create(owner=alice, model="claude-opus-5-5")
    late = Project.objects.get(pk=garden.pk)
    delete(garden)

    chats.move(chat, late)
    with pytest.raises(FileRefused):
        files.add(late, text())
    with pytest.raises(Project.DoesNotExist):
        start_turn(alice, Sending(uuid4(), "Roses?", "claude-opus-5-5"), None, project=late)

    chat.refresh_from_db()
    assert (chat.project, Conversation.objects.count()) == (None, 1)
    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_files_of_a_project_are_nobodys_to_send(alice: User, garden: Project, media: Path) -> None:
    first, second = files.add(garden, text("a.txt")), files.add(garden, text("b.txt"))

    assert not Attachment.objects.unsent().exists()
    assert list(garden.files.all()) == [first, second]

    files.remove(first)
    assert list(garden.files.all()) == [second]


def test_files_beyond_the_limit_are_refused_and_not_kept(
    garden: Project, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_FILES", 1)
    files.add(garden, text())

    with pytest.raises(FileRefused) as refused:
        files.add(garden, text())

    assert refused.value.sentence == "A project takes at most 1 files. Remove one first."
    assert Attachment.objects.count() == 1
    assert len([path for path in media.rglob("*") if path.is_file()]) == 1


def test_bytes_and_what_claude_reads_count_together(
    garden: Project, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.add(garden, SimpleUploadedFile("a.pdf", pdf("one", "two", "three")))
    monkeypatch.setattr(files, "MOST_BYTES", 100_000)
    monkeypatch.setattr(files, "MOST_TOKENS", 20_000)

    with pytest.raises(FileRefused) as too_long:
        files.add(garden, SimpleUploadedFile("b.pdf", pdf("four", "five", "six")))
    with pytest.raises(FileRefused) as too_large:
        files.add(garden, text(size=100_000))

    assert "about 22,800 tokens of files before each question of the project; 20,000" in too_long.value.sentence
    assert "would be 0.1 MB together; it takes 0 MB" in too_large.value.sentence


def test_no_file_is_of_a_project_and_of_a_question(garden: Project, alice: User, media: Path) -> None:
    chat = Conversation.objects.create(owner=alice, model="claude-opus-5-5")
    question = chat.messages.create(position=0, role="user")
    file = files.add(garden, text())

    with pytest.raises(IntegrityError), transaction.atomic():
        Attachment.objects.filter(pk=file.pk).update(message=question)
