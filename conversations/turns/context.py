"""What Claude is told for a turn: the branch that leads to the question, with the images as they are stored."""

from collections.abc import Container, Iterable, Sequence
from uuid import UUID

from django.utils.crypto import salted_hmac

from conversations.attachments.store import AttachmentGone, image_part
from conversations.claude import catalogue
from conversations.claude.ask import Ask, ImagePart, Part, TextPart, Utterance
from conversations.models import Attachment, Message, Role, State, Turn
from conversations.models.branches import path_to
from conversations.turns.images import kept_images, left_out

# The same bytes for everyone, always: anything that changes here would cost each chat its prompt cache.
SYSTEM = (
    "You are answering in Chatsite, a web chat. Your answer is shown as rendered Markdown: CommonMark with tables, "
    "task lists, footnotes, fenced code with a language, and LaTeX math between dollar signs. Raw HTML and remote "
    "images are not shown. Answer in the language of the question."
)
# Generous for an answer with thinking, which counts against it, and still a bound on what one turn can cost.
MAX_ANSWER_TOKENS = 32_000
REJECTED = ("invalid_request", "too_long")  # Claude could not take the request


def build_ask(turn: Turn) -> Ask:
    """The request for this turn. Attachments are read from storage here, once.

    Raises AttachmentGone when an image of the question itself cannot be read. An older one is only left out.
    """
    card = catalogue.card(turn.model)
    return Ask(
        model=turn.model,
        history=tuple(_utterances(turn, _branch(turn))),
        max_tokens=min(card.max_output_tokens, MAX_ANSWER_TOKENS),
        system=SYSTEM,
        person_key=salted_hmac("conversations.claude.person", str(turn.asked_by_id), algorithm="sha256").hexdigest(),
    )


def _branch(turn: Turn) -> list[Message]:
    parents = dict(Message.objects.filter(conversation=turn.conversation_id).values_list("pk", "parent_id"))
    path = path_to(turn.question_id, parents)
    messages = Message.objects.prefetch_related("attachments").in_bulk(path)
    return _without_rejected([messages[pk] for pk in path])


def _without_rejected(branch: list[Message]) -> list[Message]:
    """The branch less each question that Claude declined or could not take, and its answer.

    Resent, they would be declined again, and one bad question would end the whole conversation.
    """
    rejected = {message.pk for message in branch if _is_rejected(message)}
    rejected |= {message.parent_id for message in branch if message.pk in rejected and message.parent_id}
    return [message for message in branch if message.pk not in rejected]


def _is_rejected(answer: Message) -> bool:
    return answer.state == State.REFUSED or answer.reason in (*REJECTED, "attachment")


def _utterances(turn: Turn, branch: Sequence[Message]) -> Iterable[Utterance]:
    """An answer that was cut goes along with the words it had; one without words is left out."""
    trusted_from = _images_trusted_from(turn)
    kept = kept_images(list(m.attachments.all()) for m in branch if m.position >= trusted_from)
    for message in branch:
        parts = tuple(_parts(message, kept, may_miss=message.pk != turn.question_id))
        if parts:
            yield Utterance("user" if message.role == Role.USER else "assistant", parts)


def _images_trusted_from(turn: Turn) -> int:
    """The position of the newest question without images that was rejected all the same; 0 when there is none.

    Something older was to blame for that, and words alone are not: an image that Claude took once, it may not take
    beside others, or for another model. Sent again, it would get every further question rejected.
    """
    rejected = Message.objects.filter(conversation=turn.conversation_id, reason__in=REJECTED, parent__attachments=None)
    return rejected.order_by("-position").values_list("parent__position", flat=True).first() or 0


def _parts(message: Message, kept: Container[UUID], *, may_miss: bool) -> Iterable[Part]:
    """Images before text, and no thinking: it belongs to the answer that it led to."""
    missing = 0
    for attachment in message.attachments.all():
        image = _image(attachment, may_miss=may_miss) if attachment.pk in kept else None
        if image is None:
            missing += 1
        else:
            yield image
    if missing:
        yield TextPart(left_out(missing))
    if message.text.strip():
        yield TextPart(message.text)


def _image(attachment: Attachment, *, may_miss: bool) -> ImagePart | None:
    try:
        return image_part(attachment)
    except AttachmentGone:
        if may_miss:
            return None
        raise
