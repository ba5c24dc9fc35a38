"""A conversation as Markdown for people: who said what, in order."""

from collections.abc import Iterator

from django.utils import timezone

from conversations.claude.catalogue import card
from conversations.models import Conversation, Message, Role, State
from conversations.web.transcript import Told, messages_in_portions

ENDINGS = {
    State.QUEUED: "Not answered yet.",
    State.STREAMING: "Still being answered when this was exported.",
    State.STOPPED: "Stopped.",
    State.REFUSED: "Claude declined to answer.",
    State.FAILED: "The answer failed.",
}


def as_markdown(conversation: Conversation) -> Iterator[str]:
    yield f"# {conversation.title or 'Conversation'}\n"
    if conversation.project:
        yield f"\n*In the project {conversation.project.name}*\n"
    previous: int | None = None
    for messages in messages_in_portions(conversation):
        for told in messages:
            yield "\n" + "\n\n".join(_parts(told, previous)) + "\n"
            previous = told.message.pk


def _parts(told: Told, previous: int | None) -> Iterator[str]:
    """A heading, where it branches off, the files, the words, and how it ended."""
    message = told.message
    yield f"## {_who(message)} · {timezone.localtime(message.created_at):%Y-%m-%d %H:%M %Z}"
    if message.parent_id != previous:
        yield f"*Another version{_branching_from(message)}.*"
    for attachment in told.attachments:
        yield f"*Attached: {attachment.name}*"
    if words := told.words:
        yield words
    if ending := ENDINGS.get(State(message.state)):
        yield f"*{ending}{f' ({message.reason})' if message.reason else ''}*"


def _who(message: Message) -> str:
    return "You" if message.role == Role.USER else card(message.model).display_name or "Claude"


def _branching_from(message: Message) -> str:
    if message.parent is None:
        return " of the first question"
    return f", after the message of {timezone.localtime(message.parent.created_at):%Y-%m-%d %H:%M:%S %Z}"
