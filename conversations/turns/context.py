"""What Claude is told for a turn: the branch that leads to the question, with the files as they are stored, and before
it those of the project.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from django.db.models import prefetch_related_objects

from conversations.claude import catalogue
from conversations.claude.access import person_key
from conversations.claude.ask import Ask, TextPart, ThinkingChoice, Utterance
from conversations.models import (
    Attachment,
    Fold,
    Message,
    OwnInstructions,
    PeopleGroup,
    Role,
    SiteInstructions,
    State,
    Turn,
)
from conversations.models.branches import path_to
from conversations.roster.offers import allowed_models
from conversations.tools.registry import Toolbox, toolbox
from conversations.turns.echo import has_tools, utterances_of
from conversations.turns.files import kept_files
from conversations.turns.parts import parts_of, parts_of_project

# The same bytes for everyone, always: anything that changes here would cost each chat its prompt cache.
SYSTEM = (
    "You are answering in Chatsite, a web chat. Your answer is shown as rendered Markdown: CommonMark with tables, "
    "task lists, footnotes, fenced code with a language, and LaTeX math between dollar signs. Raw HTML and remote "
    "images are not shown. Answer in the language of the question."
)
# Who speaks, so that Claude can tell the site's wishes from the person's.
OF_THE_SITE = "Instructions of the people who run this site:"
OF_THE_GROUP = "Instructions of the people who run this site, for the group of the person who asks:"
OF_THE_PERSON = "Instructions of the person who asks, for all their chats:"
OF_THE_PROJECT = "Instructions of the person who asks, for the project that this chat belongs to:"
# Generous for an answer with thinking, which counts against it, and still a bound on what one turn can cost.
MAX_ANSWER_TOKENS = 32_000
SUMMED_UP = "[The older messages of this chat are left out. They were summed up for you:]"
GOES_ON = "[From here on you read the chat itself.]"
LEFT_OUT = "[The older messages of this chat are left out: they were more than you can read.]"
TOO_LONG, NO_ROOM = "too_long", "model_context_window_exceeded"  # to be read at all, and for an answer to its end
REJECTED = ("invalid_request", TOO_LONG)  # Claude could not take the request


@dataclass(frozen=True, slots=True)
class Material:
    """All rows that the request for a turn is made of."""

    turn: Turn
    branch: Sequence[Message]
    toolbox: Toolbox
    project_files: Sequence[Attachment]  # in their order
    files: frozenset[UUID]  # the attachments to send, of both; the others are left out
    site_instructions: str
    own_instructions: str
    project_instructions: str
    group: PeopleGroup | None  # of the person who asks
    fold: Fold | None  # in the place of what stood before the branch
    fullness: str  # TOO_LONG or NO_ROOM when Claude said so since, else ""


def material_of(turn: Turn) -> Material:
    messages = {message.pk: message for message in Message.objects.filter(conversation=turn.conversation_id)}
    path = [messages[pk] for pk in path_to(turn.question_id, {pk: said.parent_id for pk, said in messages.items()})]
    fold = Fold.objects.newest_on([message.pk for message in path])
    group = turn.asked_by.group
    branch = _without_rejected([message for message in path if fold is None or message.position > fold.until.position])
    project_files = list(Attachment.objects.along_with(turn.conversation))
    return Material(
        turn,
        branch,
        toolbox(group),
        project_files,
        _files(turn, branch, project_files),
        site_instructions=SiteInstructions.objects.in_force(),
        own_instructions=OwnInstructions.objects.of(turn.asked_by_id),
        project_instructions=_project_instructions(turn),
        group=group,
        fold=fold,
        fullness=_fullness(messages.values(), {message.pk for message in path}, fold),
    )


def _project_instructions(turn: Turn) -> str:
    project = turn.conversation.project
    return project.instructions if project and project.owner_id == turn.asked_by_id else ""


def _files(turn: Turn, branch: Sequence[Message], project_files: Sequence[Attachment]) -> frozenset[UUID]:
    """Nothing is asked of the database for a branch of words alone, as most are."""
    with_files = [message for message in branch if message.has_attachments]
    if not with_files and not project_files:
        return frozenset()
    prefetch_related_objects(with_files, "attachments")
    rejection = _rejection_of_words(turn)
    trusted_from = rejection.parent.position if rejection and rejection.parent else 0
    trusted = [message for message in branch if message.position >= trusted_from]
    questions = (list(message.attachments.all()) if message.has_attachments else [] for message in trusted)
    beside = [file for file in project_files if rejection is None or _is_newer(file, rejection)]
    kept = kept_files(questions, catalogue.card(turn.model), beside)
    return frozenset(kept | {file.pk for file in beside})


def _is_newer(file: Attachment, answer: Message) -> bool:
    return answer.ended_at is not None and file.created_at > answer.ended_at


def build_ask(material: Material) -> Ask:
    """The request for this turn. Reads files and no rows, so that it may run in any thread.

    Raises AttachmentGone when a file of the question itself cannot be read. An older one is only left out.
    """
    turn = material.turn
    card = catalogue.card(turn.model)
    return Ask(
        model=turn.model,
        history=tuple(_utterances(material)),
        max_tokens=min(card.max_output_tokens, MAX_ANSWER_TOKENS),
        system="\n\n".join(_system(material)),
        instructions="\n\n".join(_instructions(material)),
        effort=turn.conversation.effort or turn.effort,
        thinking=cast(ThinkingChoice, turn.conversation.thinking),
        follows=_follows(material.branch),
        tools=material.toolbox.specs,
        person_key=person_key(turn.asked_by_id),
        among=allowed_models(material.group),
        has_shared_head=any(file.pk in material.files for file in material.project_files),
    )


def _system(material: Material) -> Iterable[str]:
    """The same bytes for everyone of a group."""
    yield SYSTEM
    yield from _introduced(OF_THE_SITE, material.site_instructions)
    yield from _introduced(OF_THE_GROUP, material.group.instructions if material.group else "")


def _instructions(material: Material) -> Iterable[str]:
    yield from _introduced(OF_THE_PERSON, material.own_instructions)
    yield from _introduced(OF_THE_PROJECT, material.project_instructions)


def _introduced(by: str, text: str) -> list[str]:
    return [by, text] if text.strip() else []


def _follows(branch: Sequence[Message]) -> str:
    """The API's name of the last answer, from which it tells why its cache was missed."""
    return next((message.upstream_id for message in reversed(branch) if message.role == Role.ASSISTANT), "")


def _fullness(messages: Iterable[Message], path: Container[int], fold: Fold | None) -> str:
    """Also where it was another answer to the same question, as before a retry."""
    full = [
        (message.ended_at, message.reason)
        for message in messages
        if message.parent_id in path and message.reason in (TOO_LONG, NO_ROOM) and message.ended_at
    ]
    since = [(ended_at, reason) for ended_at, reason in full if fold is None or ended_at > fold.created_at]
    return max(since, default=(None, ""))[1]


def _without_rejected(branch: list[Message]) -> list[Message]:
    """The branch less each question that Claude declined or could not take, and its answer.

    Resent, they would be declined again, and one bad question would end the whole conversation.
    """
    rejected = {message.pk for message in branch if _is_rejected(message)}
    rejected |= {message.parent_id for message in branch if message.pk in rejected and message.parent_id}
    return [message for message in branch if message.pk not in rejected]


def _is_rejected(answer: Message) -> bool:
    return answer.state == State.REFUSED or answer.reason in (*REJECTED, "attachment")


def _utterances(material: Material) -> Iterable[Utterance]:
    """An answer that was cut goes along with the words it had; one without words is left out.

    The files of the project stand before everything, also before a fold.
    """
    if of_project := tuple(parts_of_project(material.project_files, material.files)):
        yield Utterance("user", of_project)
    before = list(_before(material.fold))
    for message in material.branch:
        if message.role == Role.ASSISTANT and has_tools(message.content):
            yield from utterances_of(message.content, material.toolbox.names)
            continue
        parts = tuple(parts_of(message, material.files, may_miss=message.pk != material.turn.question_id))
        if parts:
            parts, before = (*before, *parts), []
            yield Utterance("user" if message.role == Role.USER else "assistant", parts)


def _before(fold: Fold | None) -> Iterable[TextPart]:
    """What the first question of the branch begins with; the same at every turn, for the prompt cache."""
    if fold is not None:
        yield TextPart("\n\n".join([SUMMED_UP, fold.summary, GOES_ON]) if fold.summary else LEFT_OUT)


def _rejection_of_words(turn: Turn) -> Message | None:
    """The answer to the newest question without files that was rejected all the same.

    Something older was to blame for that, and words alone are not: a file that Claude took once, it may not take
    beside others, or for another model. Sent again, it would get every further question rejected.
    """
    rejected = Message.objects.filter(conversation=turn.conversation_id, reason__in=REJECTED, parent__attachments=None)
    return rejected.select_related("parent").order_by("-position").first()
