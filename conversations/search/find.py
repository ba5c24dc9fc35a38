"""A person's own chats by words of their titles and messages, newest first, with the passage around the words.

The database sorts out what cannot match, as far as it can tell on SQLite and PostgreSQL alike; what is left is read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from conversations.models import Conversation, Message, User
from conversations.models.branches import path_to
from conversations.models.conversations import ConversationQuerySet

MOST_HITS = 30  # chats
MOST_READ = 3_000  # messages and titles each, the newest; a search must end
BEFORE_CHARS, BEHIND_CHARS = 50, 140


@dataclass(frozen=True, slots=True)
class Hit:
    """One chat, and where in it the words stand; `message_id` is None when that is the title alone."""

    conversation_id: UUID
    title: str
    active_at: datetime
    message_id: int | None = None
    before: str = ""  # the passage: what stands before the first word that was found, the word, and what follows
    found: str = ""
    behind: str = ""


def find(person: User, words: str) -> list[Hit]:
    """At most MOST_HITS, one for each chat. All words must occur, in any order, also as parts of longer ones."""
    wanted = words.lower().split()
    if not wanted:
        return []
    chats = Conversation.objects.visible_to(person)
    hits: dict[UUID, Hit] = {}
    for hit in (*_in_messages(chats, wanted), *_in_titles(chats, wanted)):
        hits.setdefault(hit.conversation_id, hit)
    return sorted(hits.values(), key=lambda hit: hit.active_at, reverse=True)[:MOST_HITS]


def _in_titles(chats: ConversationQuerySet, wanted: Sequence[str]) -> Iterator[Hit]:
    for chat in chats.newest_first()[:MOST_READ]:
        if _has_all(chat.title, wanted):
            yield Hit(chat.pk, chat.title, chat.active_at)


def _in_messages(chats: ConversationQuerySet, wanted: Sequence[str]) -> Iterator[Hit]:
    """The newest message of each chat that matches, on the branch that is shown."""
    messages = Message.objects.filter(conversation__in=chats).select_related("conversation").order_by("-pk")
    may_match = [Q(stored__icontains=word) for word in wanted if _is_stored_as_it_is(word)]
    shown: dict[UUID, frozenset[int]] = {}
    told: set[UUID] = set()
    candidates = messages.annotate(stored=Cast("content", TextField())).filter(*may_match)
    for message in candidates[:MOST_READ].iterator(chunk_size=100):
        chat = message.conversation
        if chat.pk in told or not _has_all(message.text, wanted):
            continue
        if chat.pk not in shown:
            shown[chat.pk] = _shown(chat)
        if message.pk in shown[chat.pk]:
            told.add(chat.pk)
            yield _hit(message, wanted)


def _has_all(text: str, wanted: Sequence[str]) -> bool:
    lowered = text.lower()
    return all(word in lowered for word in wanted)


def _is_stored_as_it_is(word: str) -> bool:
    """JSON writes other letters and signs in ways of its own, which differ from database to database."""
    return word.isascii() and word.isalnum()


def _shown(chat: Conversation) -> frozenset[int]:
    parents = dict(chat.messages.oldest_first().values_list("pk", "parent_id"))
    return frozenset(path_to(chat.leaf_id or max(parents, default=None), parents))


def _hit(message: Message, wanted: Sequence[str]) -> Hit:
    text, chat = message.text, message.conversation
    at, word = min((text.lower().find(word), word) for word in wanted)
    start, end = max(0, at - BEFORE_CHARS), at + len(word)
    return Hit(
        chat.pk,
        chat.title,
        chat.active_at,
        message.pk,
        before=("…" if start else "") + text[start:at],
        found=text[at:end],
        behind=text[end : end + BEHIND_CHARS] + ("…" if len(text) > end + BEHIND_CHARS else ""),
    )
