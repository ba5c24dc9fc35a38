"""A conversation's messages for export, oldest first and in portions, with everything that is written of them."""

from collections.abc import Iterator, Sequence

from django.db.models import QuerySet

from conversations.models import Conversation, Message, UsageEntry

MESSAGES_AT_ONCE = 20  # one may hold a megabyte


def messages_in_portions(conversation: Conversation) -> Iterator[Sequence[Message]]:
    """Each portion is a query of its own, so that no cursor stays open while a slow reader takes the last one."""
    reached = -1
    while portion := list(_after(conversation, reached)):
        yield portion
        reached = portion[-1].position


def attempts_at(message: Message) -> Sequence[UsageEntry]:
    turn = getattr(message, "turn", None)
    return sorted(turn.attempts.all(), key=lambda entry: entry.attempt) if turn else ()


def words_of(message: Message) -> str:
    """Its text without thinking; of an answer that still streams, what has been shown so far."""
    if not message.is_active:
        return message.text
    journal = message.turn.journal.filter(block_type="text").order_by("pk")
    blocks: dict[int, str] = {}
    for event in journal:
        blocks[event.block_index] = blocks.get(event.block_index, "") + event.text
    return "\n\n".join(blocks.values())


def _after(conversation: Conversation, position: int) -> QuerySet[Message]:
    later = conversation.messages.filter(position__gt=position).select_related("turn", "parent")
    return later.prefetch_related("attachments", "turn__attempts").oldest_first()[:MESSAGES_AT_ONCE]
