"""A question is asked: one transaction makes everything that it needs, and a repeat of it changes nothing."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from conversations.announce.sender import announce_branch, announce_other_answer, announce_question
from conversations.announce.thread import new_message
from conversations.claude.catalogue import card
from conversations.models import Attachment, Conversation, Draft, Message, Project, Role, State, Turn, User
from conversations.models.conversations import TITLE_LENGTH
from conversations.models.messages import Block
from conversations.roster.offers import allowed_models, first_for, may_ask
from conversations.turns.files import why_too_much
from conversations.turns.routing import BEST_FIT, Route, route, rules_in_force
from conversations.turns.spending import reserve_for
from conversations.turns.start_errors import (
    NotForTheGroup,
    NotTheLastAnswer,
    SendConflict,
    TooMuchAttached,
    TurnIsActive,
    UnknownAttachment,
    UnknownQuestion,
)
from conversations.wire import topics


@dataclass(frozen=True, slots=True)
class Sending:
    """What a person sends. `client_id` is the browser's name for this send, kept over every repeat of it.

    `edits` names the question that this is another version of. Its files stay with it. `seen` is the last save of
    the draft that this was, "" for none.
    """

    client_id: UUID
    text: str
    model: str
    attachment_ids: tuple[UUID, ...] = ()
    edits: int | None = None
    seen: str = ""
    effort: str | None = None  # None leaves it and the next as the conversation has them
    thinking: str | None = None
    route: Route | None = None  # what best fit came to

    @property
    def manner(self) -> dict[str, str | bool]:
        """What is chosen besides the model, as fields of the conversation."""
        chosen = {"effort": self.effort, "thinking": self.thinking}
        kept = {name: choice for name, choice in chosen.items() if choice is not None}
        return kept | {"is_best_fit": self.route is not None}

    def digest(self, conversation: Conversation | None, project: Project | None) -> str:
        sent = [str(conversation and conversation.pk), self.text, [str(pk) for pk in self.attachment_ids]]
        sent += [str(self.edits)] if self.edits else []
        sent += [f"project {project.pk}"] if project else []
        return hashlib.sha256(json.dumps(sent).encode()).hexdigest()


def start_turn(
    person: User, sending: Sending, conversation: Conversation | None, *, project: Project | None = None
) -> Turn:
    """The queued turn for what is sent; without a conversation, a new one is made, in `project` if there is one.
    Raises StartError; DoesNotExist where conversation or project was erased since it was looked up.

    The same sent again gives the turn that the first send made. It is looked for only when something stands in the way,
    since a constraint lets each be sent once.
    """
    digest = sending.digest(conversation, project)
    sending = _routed(person, sending, conversation)
    try:
        with transaction.atomic():
            return _start(person, sending, conversation, project, digest)
    except IntegrityError as error:
        return _repeated_or_active(person, sending.client_id, digest, error)
    except (UnknownAttachment, NotForTheGroup):  # it went with the first send, or what is allowed has changed since
        if turn := _repeated(person, sending.client_id, digest):
            return turn
        raise


def _routed(person: User, sending: Sending, conversation: Conversation | None) -> Sending:
    if sending.model != BEST_FIT:
        return sending
    present = conversation.model if conversation and conversation.is_best_fit else ""
    found = route(
        sending.text,
        len(sending.attachment_ids),
        rules_in_force(),
        present=present,
        default=first_for(person.group, settings.CLAUDE_DEFAULT_MODEL),
        among=allowed_models(person.group),
    )
    return replace(sending, model=found.model, route=found)


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
    if newest is None:  # and there was `answer`
        raise Conversation.DoesNotExist
    if newest.is_active:
        raise TurnIsActive
    if question is None or (conversation.leaf_id or newest.pk) != answer.pk:
        raise NotTheLastAnswer
    model = model or conversation.model
    _require_allowed(person, model)
    files = list(question.attachments.all()) if question.has_attachments else []
    _require_fit(conversation, files, model)
    turn = _queue(person, question, newest.position + 1, client_id, digest, model=model, version=_next_version(answer))
    revision = _touch(conversation, model)
    reserve_for(turn, files)
    announce_other_answer(revision, new_message(turn.answer), replaced_id=answer.pk)
    _nudge(turn)
    return turn


def _start(
    person: User, sending: Sending, conversation: Conversation | None, project: Project | None, digest: str
) -> Turn:
    _require_allowed(person, sending.model)
    newest = _newest(conversation) if conversation else None
    waiting = _waiting(person, sending.attachment_ids)
    if conversation is None:
        conversation = _begun(person, sending, waiting, project)
    edited = _edited(conversation, sending.edits) if sending.edits else None
    kept = _copies(edited) if edited else []
    _require_fit(conversation, [*kept, *waiting], sending.model)
    question = Message.objects.create(
        conversation=conversation,
        parent_id=edited.parent_id if edited else conversation.leaf_id or (newest.pk if newest else None),
        position=newest.position + 1 if newest else 0,
        version=_next_version(edited) if edited else 1,
        role=Role.USER,
        content=_blocks([*kept, *waiting], sending.text),
    )
    attachments = _attach(question, kept, waiting)
    Draft.objects.visible_to(person).became(sending.client_id, sending.seen).delete()
    turn = _queue(
        person, question, question.position + 1, sending.client_id, digest, model=sending.model, route=sending.route
    )
    revision = _touch(conversation, sending.model, **sending.manner)
    reserve_for(turn, attachments)
    if edited:
        announce_branch(conversation.pk)
    else:
        announce_question(revision, new_message(question, attachments), new_message(turn.answer), sending.client_id)
    _nudge(turn)
    return turn


def _require_allowed(person: User, model: str) -> None:
    """Here, since every way to ask leads through here."""
    if not may_ask(person.group, model):
        raise NotForTheGroup


def _begun(person: User, sending: Sending, waiting: Sequence[Attachment], project: Project | None) -> Conversation:
    if project and not Project.objects.hold(project.pk):
        raise Project.DoesNotExist
    title = sending.text.strip().partition("\n")[0][:TITLE_LENGTH] or _title_of(waiting)
    return Conversation.objects.create(owner=person, title=title, model=sending.model, project=project)


def _edited(conversation: Conversation, question_id: int) -> Message:
    question = conversation.messages.filter(pk=question_id, role=Role.USER).first()
    if question is None:
        raise UnknownQuestion
    return question


def _next_version(message: Message) -> int:
    return Message.objects.filter(conversation=message.conversation_id, parent=message.parent_id).count() + 1


def _copies(question: Message) -> list[Attachment]:
    """Its files for another version of it: rows of their own, over the same bytes."""
    copies = list(question.attachments.all()) if question.has_attachments else []
    for copy in copies:
        copy.pk = uuid4()
        copy._state.adding = True
    return copies


def _newest(conversation: Conversation) -> Message | None:
    return conversation.messages.only("position", "state").order_by("-position").first()


def _waiting(person: User, attachment_ids: Sequence[UUID]) -> list[Attachment]:
    """What is attached, in its order. Raises UnknownAttachment."""
    if not attachment_ids:
        return []
    waiting = Attachment.objects.visible_to(person).unsent().in_bulk(attachment_ids)
    if len(waiting) < len(attachment_ids):
        raise UnknownAttachment
    return [waiting[pk] for pk in attachment_ids]


def _title_of(attachments: Sequence[Attachment]) -> str:
    """Of a chat that begins without a word: the name of a document says something, that of a photo does not."""
    return next((file.name for file in attachments if file.kind != "image"), "Image")[:TITLE_LENGTH]


def _require_fit(conversation: Conversation, attachments: Sequence[Attachment], model: str) -> None:
    if not attachments:
        return  # what a project may have fits with words
    beside = list(Attachment.objects.along_with(conversation))
    if advice := why_too_much(attachments, card(model), beside):
        raise TooMuchAttached(advice)


def _blocks(attachments: Sequence[Attachment], text: str) -> list[Block]:
    files = [
        {
            "type": "image" if attachment.kind == "image" else "document",
            "source": {"type": "attachment", "attachment_id": str(attachment.pk)},
        }
        for attachment in attachments
    ]
    return [*files, {"type": "text", "text": text}] if text.strip() else files


def _attach(question: Message, kept: Sequence[Attachment], waiting: Sequence[Attachment]) -> list[Attachment]:
    for copy in kept:
        copy.message = question
    Attachment.objects.bulk_create(kept)
    for position, attachment in enumerate(waiting, len(kept)):
        unsent = Attachment.objects.unsent().filter(pk=attachment.pk)
        if not unsent.update(message=question, draft=None, position=position):
            raise UnknownAttachment
    return list(question.attachments.all()) if kept or waiting else []


def _queue(
    person: User,
    question: Message,
    position: int,
    client_id: UUID,
    digest: str,
    *,
    model: str,
    version: int = 1,
    route: Route | None = None,
) -> Turn:
    """The empty answer and its turn. A constraint refuses a second active turn of the conversation."""
    answer = Message.objects.create(
        conversation=question.conversation,
        parent=question,
        position=position,
        version=version,
        role=Role.ASSISTANT,
        state=State.QUEUED,
        model=model,
    )
    return Turn.objects.create(
        conversation=question.conversation,
        question=question,
        answer=answer,
        asked_by=person,
        client_id=client_id,
        draft_digest=digest,
        model=model,
        route=route.reason if route else "",
        effort=route.effort if route else "",
    )


def _nudge(turn: Turn) -> None:
    """After its question was announced: a window that hears of an answer first has to be shown everything anew."""
    transaction.on_commit(lambda: topics.queued_turns.publish(turn.pk))


def _touch(conversation: Conversation, model: str, **manner: str | bool) -> int:
    """The conversation moves to the top of its owner's list with this branch and what was chosen; its new revision.

    From here to the commit nobody erases it. Raises DoesNotExist when somebody did before.
    """
    changes = {"active_at": timezone.now(), "model": model, "leaf": None, **manner}
    return Conversation.objects.advance_one(conversation.pk, **changes)
