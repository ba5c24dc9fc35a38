"""Drafts: what people wrote and did not send yet."""

from typing import Self
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, OuterRef, Q

from conversations.models.conversations import Conversation
from conversations.models.people import User
from conversations.models.turns import Turn


class DraftQuerySet(models.QuerySet["Draft"]):
    def visible_to(self, person: User | AnonymousUser) -> Self:
        return self.filter(person_id=person.pk) if person.is_authenticated else self.none()

    def of(self, person: User | AnonymousUser, conversation: Conversation | None) -> Self:
        """Not more than one; without a conversation, that of the new chat."""
        return self.visible_to(person).filter(conversation=conversation)

    def became(self, client_id: UUID, seen: str) -> Self:
        """What is sent so: also where its last edit, under this new `client_id`, was sent before it was saved."""
        tab, _, edition = seen.partition(".")
        try:
            as_seen = Q(tab=UUID(tab), edition=int(edition))
        except ValueError:
            return self.filter(client_id=client_id)
        return self.filter(Q(client_id=client_id) | as_seen)

    def sent(self) -> Self:
        """A save that crossed its own send on the way and came second."""
        return self.filter(Exists(_turns_made_of_it()))

    def unsent(self) -> Self:
        return self.filter(~Exists(_turns_made_of_it()))


class Draft(models.Model):
    """One for each conversation of a person, and one for the new chat, where `conversation` is empty."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="drafts")
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, null=True, blank=True, related_name="drafts"
    )
    text = models.TextField(blank=True)
    model = models.CharField(max_length=64, blank=True)
    client_id = models.UUIDField()  # of the send that will be made of it, so that a repeat after a reload is harmless
    tab = models.UUIDField()  # who saved it last, and with which of its saves
    edition = models.PositiveIntegerField()
    updated_at = models.DateTimeField(auto_now=True)

    objects = DraftQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["person", "conversation"], name="one_draft_per_conversation"),
            models.UniqueConstraint(
                fields=["person"], condition=Q(conversation=None), name="one_draft_for_the_new_chat"
            ),
        )

    def __str__(self) -> str:
        return f"draft {self.pk}"

    @property
    def saved_as(self) -> str:
        """The name of its last save. Whoever saves next says which one they have seen."""
        return f"{self.tab}.{self.edition}"


def _turns_made_of_it() -> models.QuerySet[Turn]:
    return Turn.objects.filter(asked_by=OuterRef("person"), client_id=OuterRef("client_id"))
