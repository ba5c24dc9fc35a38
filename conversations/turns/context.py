"""What Claude is told for a turn: the branch that leads to the question, with the images as they are stored."""

from collections.abc import Iterable

from django.utils.crypto import salted_hmac

from conversations.attachments.store import image_part
from conversations.claude import catalogue
from conversations.claude.ask import Ask, Part, TextPart, Utterance
from conversations.models import Message, Role, State, Turn
from conversations.models.branches import path_to

# The same bytes for everyone, always: anything that changes here would cost each chat its prompt cache.
SYSTEM = (
    "You are answering in Chatsite, a web chat. Your answer is shown as rendered Markdown: CommonMark with tables, "
    "task lists, footnotes, fenced code with a language, and LaTeX math between dollar signs. Raw HTML and remote "
    "images are not shown. Answer in the language of the question."
)
# Generous for an answer with thinking, which counts against it, and still a bound on what one turn can cost.
MAX_ANSWER_TOKENS = 32_000


def build_ask(turn: Turn) -> Ask:
    """The request for this turn. Attachments are read from storage here, once."""
    card = catalogue.card(turn.model)
    return Ask(
        model=turn.model,
        history=tuple(_utterances(_branch(turn))),
        max_tokens=min(card.max_output_tokens, MAX_ANSWER_TOKENS),
        system=SYSTEM,
        person_key=salted_hmac("conversations.claude.person", str(turn.asked_by_id), algorithm="sha256").hexdigest(),
    )


def _branch(turn: Turn) -> list[Message]:
    parents = dict(Message.objects.filter(conversation=turn.conversation_id).values_list("pk", "parent_id"))
    path = path_to(turn.question_id, parents)
    messages = Message.objects.in_bulk(path)
    return _without_rejected([messages[pk] for pk in path])


def _without_rejected(branch: list[Message]) -> list[Message]:
    """The branch less each question that Claude declined or could not take, and its answer.

    Resent, they would be declined again, and one bad question would end the whole conversation.
    """
    rejected = {message.pk for message in branch if _is_rejected(message)}
    rejected |= {message.parent_id for message in branch if message.pk in rejected and message.parent_id}
    return [message for message in branch if message.pk not in rejected]


def _is_rejected(answer: Message) -> bool:
    return answer.state == State.REFUSED or answer.reason in ("invalid_request", "too_long")


def _utterances(branch: Iterable[Message]) -> Iterable[Utterance]:
    """An answer that was cut goes along with the words it had; one without words is left out."""
    for message in branch:
        parts = tuple(_parts(message))
        if parts:
            yield Utterance("user" if message.role == Role.USER else "assistant", parts)


def _parts(message: Message) -> Iterable[Part]:
    """Images before text, and no thinking: it belongs to the answer that it led to."""
    for attachment in message.attachments.all():
        yield image_part(attachment)
    if message.text.strip():
        yield TextPart(message.text)
