"""What the caller has written and been answered in other conversations of their own."""

from collections.abc import Iterator
from typing import Annotated

from django.utils import timezone
from pydantic import Field

from conversations.models import Conversation, Message, User
from conversations.tools.function import tool
from conversations.tools.tool import Caller

MAX_FOUND = 10
MAX_READ = 3_000  # messages, the newest; a search must end
AROUND_CHARS = 120  # before and behind the first word that was found

Words = Annotated[str, Field(description="One to five words that all must occur.", min_length=1, max_length=200)]


@tool(limit_s=20)
def search_own_chats(words: Words, caller: Caller) -> str:
    """Searches the other conversations of the person you are talking to, in titles and messages, newest first.

    Gives at most ten conversations, each with its title, its date and a passage around the words. Use it when the
    person refers to something from an earlier conversation. It sees nobody else's conversations.
    """
    person = User.objects.filter(pk=caller.person_id).first()
    wanted = words.lower().split()
    if person is None or not wanted:
        return "Nothing was found."
    found: dict[object, str] = {}
    for conversation, text in _texts(person, caller):
        if conversation.pk not in found and all(word in text.lower() for word in wanted):
            found[conversation.pk] = _entry(conversation, text, wanted)
            if len(found) == MAX_FOUND:
                break
    return "\n\n".join(found.values()) or "Nothing was found."


def _texts(person: User, caller: Caller) -> Iterator[tuple[Conversation, str]]:
    """Titles first, then messages; both newest first. Everything begins with whose it is."""
    others = Conversation.objects.visible_to(person).exclude(pk=caller.conversation_id).newest_first()
    for conversation in others[:MAX_READ]:
        yield conversation, conversation.title
    messages = Message.objects.filter(conversation__in=others).select_related("conversation").order_by("-pk")
    for message in messages[:MAX_READ].iterator(chunk_size=100):
        yield message.conversation, message.text


def _entry(conversation: Conversation, text: str, wanted: list[str]) -> str:
    at = max(0, text.lower().find(wanted[0]))
    start, end = max(0, at - AROUND_CHARS), at + AROUND_CHARS
    passage = " ".join(text[start:end].split())
    before, behind = "… " if start else "", " …" if end < len(text) else ""
    day = f"{timezone.localtime(conversation.active_at):%Y-%m-%d}"
    return f"{conversation.title or 'Untitled'} ({day})\n{before}{passage}{behind}"
