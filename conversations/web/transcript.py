"""A conversation's messages for export, oldest first and in portions, with everything that is written of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conversations.announce.sources import as_markdown
from conversations.models import Attachment, Conversation, Message, TurnEvent, UsageEntry
from conversations.models.messages import Block

MESSAGES_AT_ONCE = 20  # one may hold a megabyte


@dataclass(frozen=True, slots=True)
class Told:
    """One message with what hangs on it. No prefetching: rows that point at one another are freed late, and a long
    export would grow.
    """

    message: Message
    attachments: Sequence[Attachment]
    attempts: Sequence[UsageEntry]

    @property
    def words(self) -> str:
        """The text without thinking, with its sources; of an answer that still streams, what has been shown so far."""
        return as_markdown(_shown_so_far(self.message) if self.message.is_active else self.message.content)


def messages_in_portions(conversation: Conversation) -> Iterator[Sequence[Told]]:
    """Each portion is a query of its own, so that no cursor stays open while a slow reader takes the last one."""
    reached = -1
    while portion := _portion(conversation, reached):
        yield portion
        reached = portion[-1].message.position


def _portion(conversation: Conversation, position: int) -> Sequence[Told]:
    later = conversation.messages.filter(position__gt=position).select_related("parent").defer("parent__content")
    messages = list(later.oldest_first()[:MESSAGES_AT_ONCE])
    keys = [message.pk for message in messages]
    attachments: dict[int | None, list[Attachment]] = {}
    for attachment in Attachment.objects.filter(message__in=keys):
        attachments.setdefault(attachment.message_id, []).append(attachment)
    attempts: dict[int | None, list[UsageEntry]] = {}
    for entry in UsageEntry.objects.filter(turn__answer__in=keys).select_related("turn").order_by("attempt", "pk"):
        attempts.setdefault(entry.turn.answer_id if entry.turn else None, []).append(entry)
    return [Told(message, attachments.get(message.pk, []), attempts.get(message.pk, [])) for message in messages]


def _shown_so_far(message: Message) -> list[Block]:
    return [block for _, block in TurnEvent.objects.filter(turn__answer=message).blocks()]
