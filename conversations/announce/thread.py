"""A conversation's rows into what a page shows of them."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.utils.html import escape
from django.utils.safestring import SafeString

from conversations.announce.consents import consents_of
from conversations.announce.costs import cost_view
from conversations.announce.refusals import refusal_of
from conversations.announce.sources import Sources, as_markdown, cited_text
from conversations.announce.tools import is_request, is_result, results_by_request, tool_view
from conversations.announce.views import (
    NOTHING,
    AttachmentView,
    FeedbackView,
    FoldView,
    MessageView,
    PartView,
    ThreadView,
)
from conversations.announce.waits import stand_in, wait_of
from conversations.claude import catalogue
from conversations.models import (
    Attachment,
    Conversation,
    Feedback,
    Message,
    Role,
    State,
    Turn,
    TurnEvent,
    UsageEntry,
)
from conversations.models.branches import path_to
from conversations.models.messages import Block, is_text, shown_together
from conversations.rendering.markdown import to_html
from conversations.rendering.marks import may_have_marks
from conversations.rendering.streaming import MarkdownStream

Streams = Mapping[str, MarkdownStream]  # what was rendered while it arrived, by the id of its part
PAGE_SIZE = 50  # messages; a page of them renders in well under a second, however long the conversation is


def load_thread(conversation_id: UUID) -> ThreadView:
    """The last page of the thread, all of one revision.

    While an answer streams the revision advances many times a second, so what was read is kept only if it did not
    advance meanwhile: a loop, since a transaction that sees one state would lock out the writers of SQLite.
    """
    while True:
        thread = _read(conversation_id)
        if _revision(conversation_id) == thread.revision:
            return thread


def load_earlier(conversation_id: UUID, *, before: int) -> ThreadView:
    """The page of messages that ends before position `before`."""
    return _read(conversation_id, before=before)


def ended_answer(turn: Turn, booked: Sequence[UsageEntry], streams: Streams) -> MessageView:
    """The answer of a turn that ended just now. Attempts are asked for only when others were `booked` before."""
    attempts = booked if len(booked) == turn.attempt else list(_with_refusals(turn.attempts.all()))
    return message_view(turn.answer, is_last=True, turn=turn, attempts=attempts, streams=streams)


def new_message(message: Message, attachments: Sequence[Attachment] = ()) -> MessageView:
    """A message that was made just now, as its first window shows it: nothing is asked of the database."""
    return message_view(message, is_last=message.role == Role.ASSISTANT, attachments=attachments)


def dom_id_of_part(message_id: int, index: int) -> str:
    return f"message-{message_id}-part-{index}"


def _revision(conversation_id: UUID) -> int:
    return Conversation.objects.values_list("revision", flat=True).get(pk=conversation_id)


def _read(conversation_id: UUID, *, before: int | None = None) -> ThreadView:
    facts = Conversation.objects.values_list("revision", "title", "leaf_id")
    revision, title, leaf = facts.get(pk=conversation_id)
    tree = list(
        Message.objects.filter(conversation=conversation_id).oldest_first().values_list("pk", "parent_id", "position")
    )
    parents = {pk: parent for pk, parent, _ in tree}
    path = path_to(leaf or (tree[-1][0] if tree else None), parents)
    position = {pk: at for pk, _, at in tree}
    shown = [pk for pk in path if before is None or position[pk] < before]
    page = shown[-PAGE_SIZE:]
    messages = list(_for_thread(Message.objects.filter(pk__in=page).oldest_first()))
    return ThreadView(
        conversation_id=conversation_id,
        revision=revision,
        title=title,
        messages=tuple(_views(messages, last=path[-1] if path else None, versions=_versions(page, parents))),
        earlier_before=position[page[0]] if len(shown) > len(page) else None,
        is_active=any(message.is_active for message in messages),
    )


def _versions(page: Sequence[int], parents: Mapping[int, int | None]) -> dict[int, tuple[int, int]]:
    """For each message of the page, which version it is and of how many."""
    places = {parents[pk] for pk in page}
    children: dict[int | None, list[int]] = {place: [] for place in places}
    for pk, parent in parents.items():
        if parent in places:
            children[parent].append(pk)
    return {pk: (children[parents[pk]].index(pk) + 1, len(children[parents[pk]])) for pk in page}


def _for_thread(messages: QuerySet[Message]) -> QuerySet[Message]:
    attempts = Prefetch("turn__attempts", _with_refusals(UsageEntry.objects.all()))
    return messages.select_related("turn", "feedback", "fold").prefetch_related("attachments", attempts)


def _with_refusals(attempts: QuerySet[UsageEntry]) -> QuerySet[UsageEntry]:
    return attempts.select_related("refusal").order_by("attempt")


def _views(
    messages: Sequence[Message], *, last: int | None, versions: Mapping[int, tuple[int, int]]
) -> Iterable[MessageView]:
    for message in messages:
        turn = getattr(message, "turn", None)
        yield message_view(
            message,
            is_last=message.pk == last,
            turn=turn,
            attempts=list(turn.attempts.all()) if turn else (),
            attachments=list(message.attachments.all()),
            version=versions[message.pk],
            feedback=getattr(message, "feedback", None),
        )


def message_view(
    message: Message,
    *,
    is_last: bool,
    turn: Turn | None = None,
    attempts: Sequence[UsageEntry] = (),
    attachments: Sequence[Attachment] = (),
    version: tuple[int, int] | None = None,
    feedback: Feedback | None = None,
    streams: Streams = MappingProxyType({}),
) -> MessageView:
    """Without a `version` it is the newest one of its place, as every message is that changes."""
    at, of = version or (message.version, message.version)
    sources = Sources()
    parts = tuple(_live_parts(message) if message.state == State.STREAMING else _parts(message, sources, streams))
    return MessageView(
        id=message.pk,
        conversation_id=message.conversation_id,
        parent_id=message.parent_id,
        role=message.role,
        state=message.state,
        reason=message.reason,
        advice=message.advice,
        reference="" if message.role == Role.USER else message.reference_of(a.request_id for a in attempts),
        created_at=message.created_at,
        ended_at=message.ended_at,
        model=message.model,
        model_name=catalogue.card(message.model).display_name if message.model else "",
        fold=_fold(message),
        route=turn.route if turn else "",
        context_tokens=_context_tokens(message, attempts),
        follow_ups=tuple(message.follow_ups or ()) if is_last else (),
        source="" if message.is_active else as_markdown(message.content),
        parts=parts,
        sources=tuple(sources.views()),
        attachments=tuple(_attachment_view(attachment) for attachment in attachments),
        cost=cost_view(attempts),
        feedback=FeedbackView(feedback.verdict, feedback.reason) if feedback else None,
        refusal=refusal_of(attempts) if message.state == State.REFUSED else None,
        is_last=is_last,
        wait=wait_of(message, turn) if turn else None,
        stand_in=stand_in(message, turn) if turn else "",
        version=at,
        versions=of,
        consents=consents_of(message.pk, message.conversation_id) if message.state == State.STREAMING else (),
    )


def _fold(message: Message) -> FoldView | None:
    """Only of a message that was loaded with it: what is new just now has none."""
    if message.role == Role.USER or "fold" not in message._state.fields_cache:
        return None
    fold = getattr(message, "fold", None)
    return FoldView(fold.pk, to_html(fold.summary, id_prefix=f"fold-{fold.pk}")) if fold else None


def _context_tokens(message: Message, attempts: Sequence[UsageEntry]) -> int:
    """What the chat takes up to this answer, as the API counted its last request; 0 when it did not."""
    if message.role == Role.USER or message.is_active or not attempts:
        return 0
    return attempts[-1].prompt_tokens + attempts[-1].output_tokens


def _parts(message: Message, sources: Sources, streams: Streams) -> Iterable[PartView]:
    results = results_by_request(message.content)
    for index, blocks in shown_together(enumerate(message.content)):
        dom_id = dom_id_of_part(message.pk, index)
        if is_request(blocks[0]) or is_result(blocks[0]):
            yield from tool_parts(dom_id, blocks[0], results, is_active=False)
            continue
        if message.role == Role.ASSISTANT and is_text(blocks[0]):
            kind, html = "text", _html(message, dom_id, cited_text(blocks, sources), streams)
        else:
            kind, html = _rendered(blocks[0])
        if html:
            yield PartView(kind, dom_id, html, took_ms=blocks[0].get("duration_ms"))


def _html(message: Message, dom_id: str, text: str, streams: Streams) -> SafeString:
    if dom_id in streams and not may_have_marks(text):
        return streams[dom_id].finish(text)
    return to_html(text, id_prefix=dom_id, sources_prefix=f"message-{message.pk}")


def tool_parts(dom_id: str, block: Block, results: Mapping[str, Block], *, is_active: bool) -> Iterable[PartView]:
    """The row of a request; its result is part of it."""
    if is_request(block):
        view = tool_view(block, results.get(block.get("id", "")), is_active=is_active)
        yield PartView("tool", dom_id, NOTHING, tool=view)


def _rendered(block: Block) -> tuple[str, SafeString]:
    match block.get("type"):
        case "text":
            return "plain", escape(block["text"])
        case "thinking":
            return "thinking", escape(block.get("thinking", ""))
        case "image" | "document" | "redacted_thinking":
            return "", NOTHING  # files are shown as attachments; redacted thinking has nothing to show
        case other:
            return "unsupported", escape(other or "unknown")


def _live_parts(message: Message) -> Iterable[PartView]:
    """What the journal holds, as a window that was there from the beginning would show it now."""
    sources = Sources()
    arrived = TurnEvent.objects.filter(turn__answer=message).blocks()
    results = results_by_request(block for _, block in arrived)
    for index, blocks in shown_together(arrived):
        dom_id = dom_id_of_part(message.pk, index)
        if blocks[0]["type"] in ("text", "thinking"):
            yield _live_part(blocks, dom_id, sources)
        else:
            yield from live_block(dom_id, blocks[0], results)


def live_block(dom_id: str, block: Block, results: Mapping[str, Block]) -> Iterable[PartView]:
    """A block that came as a whole, while the answer runs."""
    if is_request(block) or is_result(block):
        yield from tool_parts(dom_id, block, results, is_active=True)
    elif block.get("type") != "redacted_thinking":
        yield PartView("unsupported", dom_id, escape(block.get("type") or "unknown"))


def _live_part(blocks: Sequence[Block], dom_id: str, sources: Sources) -> PartView:
    kind = blocks[0]["type"]
    if kind != "text":
        return PartView(kind, dom_id, escape(blocks[0][kind]), took_ms=blocks[0].get("duration_ms"))
    stream = MarkdownStream(dom_id)
    for block in blocks:
        stream.feed(block["text"] + sources.marks_of(block.get("citations", ())))
    return PartView(kind, dom_id, NOTHING, stream.settled, stream.tail)


def _attachment_view(attachment: Attachment) -> AttachmentView:
    return AttachmentView(
        attachment.pk,
        attachment.name,
        attachment.kind,
        attachment.size_bytes,
        attachment.width,
        attachment.height,
        attachment.pages,
    )
