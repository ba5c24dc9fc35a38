"""The files of a project. They go along with every question of its chats, so there may be fewer of them than there may
be in a question, and room must be left beside them.
"""

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from conversations.attachments import store
from conversations.attachments.refused import FileRefused
from conversations.attachments.tokens import estimated_tokens
from conversations.claude.tokens import TOKENS_PER_PAGE
from conversations.models import Attachment, Project

MOST_FILES = 20
MOST_PAGES = 40  # of PDFs, or as much of anything else
MOST_BYTES = 10_000_000  # a third of a request
MOST_TOKENS = MOST_PAGES * TOKENS_PER_PAGE  # three quarters of a small context; the rest is for the chat


def add(project: Project, upload: "UploadedFile[bytes]") -> Attachment:
    """Raises FileRefused, and then keeps nothing."""
    received = store.receive(project.owner, upload)
    try:
        _take_in(project, received)
    except FileRefused:
        store.remove(received)
        raise
    return received


def remove(file: Attachment) -> None:
    """From the next question of each chat on."""
    store.erase(Attachment.objects.filter(pk=file.pk).exclude(project=None))


@transaction.atomic
def _take_in(project: Project, received: Attachment) -> None:
    """Uploads at once take turns, so that together they stay within the limits."""
    if not Project.objects.hold(project.pk):
        raise FileRefused("project_gone", "The project is no longer there.")
    present = list(project.files.all())
    if sentence := _why_too_much([*present, received]):
        raise FileRefused("project_full", sentence)
    received.project, received.position = project, 1 + max((file.position for file in present), default=0)
    received.save(update_fields=["project", "position"])


def _why_too_much(files: list[Attachment]) -> str:
    size, tokens = sum(file.size_bytes for file in files), sum(map(estimated_tokens, files))
    if len(files) > MOST_FILES:
        return f"A project takes at most {MOST_FILES} files. Remove one first."
    if size > MOST_BYTES:
        most = MOST_BYTES / 1e6
        return (
            f"The files of the project would be {size / 1e6:.1f} MB together; it takes {most:.0f} MB. Remove one first."
        )
    if tokens > MOST_TOKENS:
        return (
            f"Claude would read about {tokens:,} tokens of files before each question of the project; "
            f"{MOST_TOKENS:,} are the most. Remove one first."
        )
    return ""
