"""Attachments: one row per stored file; the bytes that Claude receives are exactly the stored ones."""

from typing import Self
from uuid import uuid4

from django.contrib.auth.models import AnonymousUser
from django.db import models

from conversations.models.messages import Message
from conversations.models.people import User


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def visible_to(self, person: User | AnonymousUser) -> Self:
        return self.filter(owner_id=person.pk) if person.is_authenticated else self.none()

    def unsent(self) -> Self:
        return self.filter(message=None)


class Attachment(models.Model):
    """An image of a person, waiting in the composer while `message` is empty."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="attachments")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, blank=True, related_name="attachments")
    position = models.PositiveSmallIntegerField(default=0)  # order within its question
    name = models.CharField(max_length=80)  # for display only, never a path
    media_type = models.CharField(max_length=32)
    width = models.PositiveIntegerField()  # pixels
    height = models.PositiveIntegerField()
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to="attachments")
    thumbnail = models.FileField(upload_to="thumbnails")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ("position", "created_at")

    def __str__(self) -> str:
        return str(self.pk)
