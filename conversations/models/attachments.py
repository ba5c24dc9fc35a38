"""Attachments: one row per stored file; the bytes that Claude receives are exactly the stored ones."""

from datetime import datetime
from typing import Self
from uuid import uuid4

from django.contrib.auth.models import AnonymousUser
from django.db import models

from conversations.models.conversations import Conversation
from conversations.models.drafts import Draft
from conversations.models.messages import Message
from conversations.models.people import User
from conversations.models.projects import Project

KINDS = {"application/pdf": "pdf", "text/plain": "text"}


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def visible_to(self, person: User | AnonymousUser) -> Self:
        return self.filter(owner_id=person.pk) if person.is_authenticated else self.none()

    def along_with(self, conversation: Conversation) -> Self:
        """The files of its project, in their order. Nothing is asked of the database where there is none, as mostly."""
        project = conversation.project_id
        return self.filter(project=project, owner=conversation.owner_id) if project else self.none()

    def unsent(self) -> Self:
        return self.filter(message=None, project=None)

    def forsaken(self, *, since: datetime) -> Self:
        """In no question, no draft and no project, and older than that: nobody will send them."""
        return self.unsent().filter(draft=None, created_at__lt=since)


class Attachment(models.Model):
    """A file of a person: of a question, of a project, or waiting in the composer."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="attachments")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, blank=True, related_name="attachments")
    draft = models.ForeignKey(Draft, on_delete=models.SET_NULL, null=True, blank=True, related_name="attachments")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, null=True, blank=True, related_name="files")
    position = models.PositiveSmallIntegerField(default=0)  # order within its question or draft
    name = models.CharField(max_length=80)  # for display only, never a path
    media_type = models.CharField(max_length=32)
    width = models.PositiveIntegerField(default=0, db_default=0)  # pixels; of pictures alone
    height = models.PositiveIntegerField(default=0, db_default=0)
    pages = models.PositiveIntegerField(default=0, db_default=0)  # of a PDF
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to="attachments")
    thumbnail = models.FileField(upload_to="thumbnails", blank=True)  # of pictures alone
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ("position", "created_at")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(project=None) | models.Q(message=None, draft=None), name="of_a_project_or_a_question"
            ),
        )

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def kind(self) -> str:
        """image, pdf or text."""
        return KINDS.get(self.media_type, "image")
