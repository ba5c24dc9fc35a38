"""Readings: leave for one of the staff to read one conversation, for a reason and for a while."""

from typing import Self

from django.db import models
from django.db.models.functions import Now

from conversations.models.conversations import Conversation
from conversations.models.people import User

REASON_LENGTH = 300


class ReadingQuerySet(models.QuerySet["Reading"]):
    def open_for(self, person: User, conversation: Conversation) -> Self:
        return self.filter(person=person, conversation=conversation, ends_at__gt=Now())

    def untold(self, owner: User) -> Self:
        """What the owner of the conversations has not yet been told, oldest first. Their own look is no news."""
        unread = self.filter(conversation__owner=owner, conversation__deleted_at=None, told_at=None)
        return unread.exclude(person=owner).order_by("pk")


class Reading(models.Model):
    person = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="readings")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="readings")
    reason = models.CharField(max_length=REASON_LENGTH)  # as the reader gave it
    opened_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)  # when the owner said that they have seen the notice

    objects = ReadingQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        permissions = (("read_words", "Can read what people and Claude wrote, for a reason"),)

    def __str__(self) -> str:
        return f"reading {self.pk}"
