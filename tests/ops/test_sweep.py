"""`manage.py sweep` erases what has lapsed, and nothing else."""

import os
from datetime import timedelta
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone

from conversations.attachments.store import receive
from conversations.drafts.keep import Writing, keep_draft
from conversations.models import Attachment, Draft, User
from conversations.turns.start import start_turn
from tests.attachments import pictures
from tests.turns.conversing import sending

LONG_AGO = timedelta(days=2)


def attached(person: User) -> Attachment:
    return receive(person, SimpleUploadedFile("photo.jpg", pictures.jpeg()))


def kept(person: User, *attachments: Attachment) -> None:
    ids = tuple(attachment.pk for attachment in attachments)
    keep_draft(person, None, Writing("Later", "", uuid4(), ids, uuid4(), 1, ""))


def age(media: Path) -> None:
    """Two days go by."""
    Attachment.objects.update(created_at=timezone.now() - LONG_AGO)
    then = (timezone.now() - LONG_AGO).timestamp()
    for path in files_in(media):
        os.utime(path, (then, then))


def files_in(media: Path) -> list[Path]:
    return [path for path in media.rglob("*") if path.is_file()]


def sweep() -> str:
    out = StringIO()
    call_command("sweep", stdout=out)
    return out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_a_forsaken_picture_goes_with_its_files_and_the_others_stay(alice: User, media: Path) -> None:
    sent, in_draft, forsaken = (attached(alice) for _ in range(3))
    start_turn(alice, sending(attachments=[sent.pk]), None)
    kept(alice, in_draft)
    age(media)

    assert "attachments 1 erased" in sweep()

    assert set(Attachment.objects.all()) == {sent, in_draft}
    assert not Path(forsaken.file.path).exists()
    assert len(files_in(media)) == 4


@pytest.mark.django_db(transaction=True)
def test_a_picture_of_today_waits_for_its_question(alice: User, media: Path) -> None:
    attached(alice)

    sweep()

    assert len(files_in(media)) == 2


@pytest.mark.django_db(transaction=True)
def test_files_without_a_row_go_once_they_are_old(alice: User, media: Path) -> None:
    attached(alice)
    lost = media / "thumbnails" / uuid4().hex
    lost.write_bytes(b"lost")
    sweep()
    assert lost.exists()

    age(media)
    kept(alice, Attachment.objects.get())
    assert "files       1 erased" in sweep()

    assert not lost.exists()
    assert len(files_in(media)) == 2


def test_a_draft_that_was_sent_and_a_session_that_ended_go(alice: User, media: Path) -> None:
    question = sending("Later")
    start_turn(alice, question, None)
    Draft.objects.create(person=alice, text="Later", client_id=question.client_id, tab=uuid4(), edition=1)
    Session.objects.create(session_key="old", session_data="", expire_date=timezone.now() - LONG_AGO)

    sweep()

    assert not Draft.objects.exists()
    assert not Session.objects.exists()
