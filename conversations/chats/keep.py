"""Rename, pin, archive, move. None of it touches what was said."""

from django.db import transaction
from django.db.models.functions import Now

from conversations.models import Conversation, Project
from conversations.models.conversations import TITLE_LENGTH


def rename(conversation: Conversation, title: str) -> None:
    """From now on the name is the person's own. Nothing happens without one."""
    if words := " ".join(title.split())[:TITLE_LENGTH]:
        _change(conversation, title=words, is_named=True)


def pin(conversation: Conversation) -> None:
    _change(conversation, pinned_at=Now(), archived_at=None)


def unpin(conversation: Conversation) -> None:
    _change(conversation, pinned_at=None)


def archive(conversation: Conversation) -> None:
    """Out of the list, and still there for whoever looks for it."""
    _change(conversation, archived_at=Now(), pinned_at=None)


def unarchive(conversation: Conversation) -> None:
    _change(conversation, archived_at=None)


def move(conversation: Conversation, project: Project | None) -> None:
    """Into a project of the same person, or out of any. It counts from the next question on. Nothing happens when the
    project has just been deleted.
    """
    with transaction.atomic():
        if project is None or Project.objects.hold(project.pk):
            _change(conversation, project=project)


def _change(conversation: Conversation, **changes: object) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(**changes)
    conversation.refresh_from_db(fields=list(changes))
