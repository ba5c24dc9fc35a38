"""A question is asked: one transaction makes everything that it needs, and a repeat of it changes nothing."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from conversations.announce.sender import announce_other_answer, announce_question
from conversations.announce.thread import new_message
from conversations.models import Attachment, Conversation, Message, Role, State, Turn, User
from conversations.models.conversations import TITLE_LENGTH
from conversations.models.messages import Block
from conversations.wire import topics


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person sends. `client_id` is the browser's name for this send, kept over every repeat of it."""

    client_id: UUID
    text: str
    model: str
    attachment_ids: tuple[UUID, ...] = ()

    def digest(self, conversation: Conversation | None) -> str:
        sent = [str(conversation and conversation.pk), self.text, [str(pk) for pk in self.attachment_ids]]
        return hashlib.sha256(json.dumps(sent).encode()).hexdigest()


class StartError(Exception):
    """`advice` is the sentence for the person."""

    advice = ""


class TurnIsActive(StartError):
    advice = "Claude is still answering. Wait for the answer or stop it, then send again."


class SendConflict(StartError):
    advice = "This message was already sent with other words. Reload the page and send it again."


class NotTheLastAnswer(StartError):
    advice = "The conversation has gone on since. Ask the question again as a new message."


class UnknownAttachment(StartError):
    advice = "An attached image is no longer there. Remove it, attach it again and send."


def start_turn(person: User, draft: Draft, conversation: Conversation | None) -> Turn:
    """The queued turn for this draft; without a conversation, a new one is made. Raises StartError.

    The same draft sent again gives the turn that the first send made.
    """
    digest = draft.digest(conversation)
    try:
        with transaction.atomic():
            return _repeated(person, draft.client_id, digest) or _start(person, draft, conversation, digest)
    except IntegrityError as error:  # somebody else was quicker between our look and our write
        return _repeated_or_active(person, draft.client_id, digest, error)


def ask_again(person: User, answer: Message, client_id: UUID, *, model: str = "") -> Turn:
    """Another answer to the same question, in the place of `answer`, which must be the last. Raises StartError.

    From `model` on the conversation is with that model; "" leaves it as it is.
    """
    digest = hashlib.sha256(f"again {answer.pk} {model}".encode()).hexdigest()
    try:
        with transaction.atomic():
            return _repeated(person, client_id, digest) or _again(person, answer, client_id, digest, model)
    except IntegrityError as error:
        return _repeated_or_active(person, client_id, digest, error)


def _repeated(person: User, client_id: UUID, digest: str) -> Turn | None:
    turn = Turn.objects.filter(asked_by=person, client_id=client_id).first()
    if turn and turn.draft_digest != digest:
        raise SendConflict
    return turn


def _repeated_or_active(person: User, client_id: UUID, digest: str, error: IntegrityError) -> Turn:
    turn = _repeated(person, client_id, digest)
    if turn is None:
        raise TurnIsActive from error
    return turn


def _again(person: User, answer: Message, client_id: UUID, digest: str, model: str) -> Turn:
    conversation, question = answer.conversation, answer.parent
    newest = _newest(conversation)
    if newest and newest.is_active:
        raise TurnIsActive
    if question is None or newest is None or newest.pk != answer.pk:
        raise NotTheLastAnswer
    model = model or conversation.model
    turn = _queue(person, question, newest.position + 1, client_id, digest, model=model)
    revision = _touch(conversation, model)
    announce_other_answer(revision, new_message(turn.answer), replaced_id=answer.pk)
    return turn


def _start(person: User, draft: Draft, conversation: Conversation | None, digest: str) -> Turn:
    newest = _newest(conversation) if conversation else None
    if conversation is None:
        title = draft.text.strip().partition("\n")[0][:TITLE_LENGTH] or "Image"
        conversation = Conversation.objects.create(owner=person, title=title, model=draft.model)
    question = Message.objects.create(
        conversation=conversation,
        parent=newest,
        position=newest.position + 1 if newest else 0,
        role=Role.USER,
        content=_blocks(draft),
    )
    attachments = _attach(person, question, draft.attachment_ids)
    turn = _queue(person, question, question.position + 1, draft.client_id, digest, model=draft.model)
    revision = _touch(conversation, draft.model)
    announce_question(revision, new_message(question, attachments), new_message(turn.answer), draft.client_id)
    return turn


def _newest(conversation: Conversation) -> Message | None:
    return conversation.messages.order_by("-position").first()


def _blocks(draft: Draft) -> list[Block]:
    images = [
        {"type": "image", "source": {"type": "attachment", "attachment_id": str(pk)}} for pk in draft.attachment_ids
    ]
    return [*images, {"type": "text", "text": draft.text}] if draft.text.strip() else images


def _attach(person: User, question: Message, attachment_ids: Sequence[UUID]) -> list[Attachment]:
    for position, pk in enumerate(attachment_ids):
        waiting = Attachment.objects.visible_to(person).unsent().filter(pk=pk)
        if not waiting.update(message=question, position=position):
            raise UnknownAttachment
    return list(question.attachments.all()) if attachment_ids else []


def _queue(person: User, question: Message, position: int, client_id: UUID, digest: str, *, model: str) -> Turn:
    """The empty answer and its turn. A constraint refuses a second active turn of the conversation."""
    answer = Message.objects.create(
        conversation=question.conversation,
        parent=question,
        position=position,
        role=Role.ASSISTANT,
        state=State.QUEUED,
        model=model,
    )
    turn = Turn.objects.create(
        conversation=question.conversation,
        question=question,
        answer=answer,
        asked_by=person,
        client_id=client_id,
        draft_digest=digest,
        model=model,
    )
    transaction.on_commit(lambda: topics.queued_turns.publish(turn.pk))
    return turn


def _touch(conversation: Conversation, model: str) -> int:
    """The conversation moves to the top of its owner's list and keeps the model; its new revision."""
    Conversation.objects.filter(pk=conversation.pk).update(active_at=timezone.now(), model=model)
    return Conversation.objects.advance([conversation.pk])[conversation.pk]
