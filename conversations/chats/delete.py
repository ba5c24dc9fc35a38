"""Deleting: gone from every page at once, erased for good once it cannot be undone any more."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from conversations.attachments import store
from conversations.models import Attachment, Conversation


def delete(conversation: Conversation) -> None:
    """Stop its turn first. What its person deleted earlier is erased now."""
    erase(Conversation.objects.lapsed().filter(owner=conversation.owner_id))
    Conversation.objects.filter(pk=conversation.pk, deleted_at=None).update(deleted_at=Now())


def undelete(conversation: Conversation) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(deleted_at=None)


def erase(conversations: QuerySet[Conversation]) -> int:
    """Rows and files, drafts included; how many conversations it were. The ledger stays."""
    pks = list(conversations.values_list("pk", flat=True))
    with transaction.atomic():
        store.erase(attachments_of(pks))
        Conversation.objects.filter(pk__in=pks).delete()
    return len(pks)


def attachments_of(conversation_ids: Collection[UUID]) -> QuerySet[Attachment]:
    """Of their questions and of their drafts."""
    sent, unsent = Q(message__conversation__in=conversation_ids), Q(draft__conversation__in=conversation_ids)
    return Attachment.objects.filter(sent | unsent)
