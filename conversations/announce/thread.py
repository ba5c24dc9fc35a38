"""A conversation's rows into what a page shows of them."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.utils.html import escape
from django.utils.safestring import SafeString

from conversations.announce.views import NOTHING, AttachmentView, CostView, MessageView, PartView, ThreadView
from conversations.announce.waits import stand_in, wait_left
from conversations.claude import catalogue
from conversations.models import Attachment, Conversation, Message, Role, State, Turn, TurnEvent, UsageEntry
from conversations.models.branches import path_to
from conversations.models.messages import Block
from conversations.rendering.markdown import to_html
from conversations.rendering.streaming import MarkdownStream

PAGE_SIZE = 50  # messages; a page of them renders in well under a second, however long the conversation is


def load_thread(conversation_id: UUID) -> ThreadView:
    """The last page of the thread, all of one revision.

    While an answer streams the revision advances many times a second, so what was read is kept only if it did not
    advance meanwhile: a loop, since a transaction that sees one state would lock out the writers of SQLite.
    """
    while True:
        before = _revision(conversation_id)
        thread = _read(conversation_id, before)
        if _revision(conversation_id) == before:
            return thread


def load_earlier(conversation_id: UUID, *, before: int) -> ThreadView:
    """The page of messages that ends before position `before`."""
    return _read(conversation_id, _revision(conversation_id), before=before)


def load_answer(message_id: int) -> MessageView:
    """The last answer of a conversation, as it is now."""
    answer = Message.objects.select_related("turn").get(pk=message_id)
    attempts = UsageEntry.objects.filter(turn__answer=message_id).select_related("refusal").order_by("attempt")
    return message_view(answer, is_last=True, turn=answer.turn, attempts=list(attempts))


def new_message(message: Message, attachments: Sequence[Attachment] = ()) -> MessageView:
    """A message that was made just now, as its first window shows it: nothing is asked of the database."""
    return message_view(message, is_last=message.role == Role.ASSISTANT, attachments=attachments)


def dom_id_of_part(message_id: int, index: int) -> str:
    return f"message-{message_id}-part-{index}"


def _revision(conversation_id: UUID) -> int:
    return Conversation.objects.values_list("revision", flat=True).get(pk=conversation_id)


def _read(conversation_id: UUID, revision: int, *, before: int | None = None) -> ThreadView:
    tree = list(
        Message.objects.filter(conversation=conversation_id).oldest_first().values_list("pk", "parent_id", "position")
    )
    path = path_to(tree[-1][0] if tree else None, {pk: parent for pk, parent, _ in tree})
    position = {pk: at for pk, _, at in tree}
    shown = [pk for pk in path if before is None or position[pk] < before]
    page = shown[-PAGE_SIZE:]
    messages = list(_for_thread(Message.objects.filter(pk__in=page).oldest_first()))
    return ThreadView(
        conversation_id=conversation_id,
        revision=revision,
        messages=tuple(_views(messages, last=path[-1] if path else None)),
        earlier_before=position[page[0]] if len(shown) > len(page) else None,
        is_active=any(message.is_active for message in messages),
    )


def _for_thread(messages: QuerySet[Message]) -> QuerySet[Message]:
    attempts = UsageEntry.objects.select_related("refusal").order_by("attempt")
    return messages.select_related("turn").prefetch_related("attachments", Prefetch("turn__attempts", attempts))


def _views(messages: Sequence[Message], *, last: int | None) -> Iterable[MessageView]:
    for message in messages:
        turn = getattr(message, "turn", None)
        yield message_view(
            message,
            is_last=message.pk == last,
            turn=turn,
            attempts=list(turn.attempts.all()) if turn else (),
            attachments=list(message.attachments.all()),
        )


def message_view(
    message: Message,
    *,
    is_last: bool,
    turn: Turn | None = None,
    attempts: Sequence[UsageEntry] = (),
    attachments: Sequence[Attachment] = (),
) -> MessageView:
    refusal = next((attempt.refusal for attempt in attempts if hasattr(attempt, "refusal")), None)
    return MessageView(
        id=message.pk,
        conversation_id=message.conversation_id,
        role=message.role,
        state=message.state,
        reason=message.reason,
        advice=message.advice,
        reference="" if message.role == Role.USER else message.reference_of(a.request_id for a in attempts),
        created_at=message.created_at,
        ended_at=message.ended_at,
        model=message.model,
        model_name=catalogue.card(message.model).display_name if message.model else "",
        source="" if message.is_active else message.text,
        parts=tuple(_live_parts(message) if message.state == State.STREAMING else _parts(message)),
        attachments=tuple(_attachment_view(attachment) for attachment in attachments),
        cost=_cost(attempts),
        refusal_category=refusal.category if refusal else "",
        refusal_explanation=refusal.explanation if refusal else "",
        refusal_billed=bool(refusal and refusal.usage.billed),
        is_last=is_last,
        wait=wait_left(turn) if turn and message.state == State.QUEUED else None,
        stand_in=stand_in(message, turn) if turn else "",
    )


def _parts(message: Message) -> Iterable[PartView]:
    for index, block in enumerate(message.content):
        kind, html = _rendered(message, index, block)
        if html:
            yield PartView(kind, dom_id_of_part(message.pk, index), html)


def _rendered(message: Message, index: int, block: Block) -> tuple[str, SafeString]:
    match block.get("type"):
        case "text" if message.role == Role.USER:
            return "plain", escape(block["text"])
        case "text":
            return "text", to_html(block["text"], id_prefix=dom_id_of_part(message.pk, index))
        case "thinking":
            return "thinking", escape(block.get("thinking", ""))
        case "image" | "redacted_thinking":
            return "", NOTHING  # images are shown as attachments; redacted thinking has nothing to show
        case other:
            return "unsupported", escape(other or "unknown")


def _live_parts(message: Message) -> Iterable[PartView]:
    """What the journal holds, as a window that was there from the beginning would show it now."""
    pieces: dict[tuple[int, str], list[str]] = {}
    for event in TurnEvent.objects.filter(turn__answer=message).order_by("pk"):
        pieces.setdefault((event.block_index, event.block_type), []).append(event.text)
    for (index, kind), texts in pieces.items():
        yield live_part(kind, dom_id_of_part(message.pk, index), "".join(texts))


def live_part(kind: str, dom_id: str, text: str) -> PartView:
    if kind != "text":
        return PartView(kind, dom_id, escape(text))
    stream = MarkdownStream(dom_id)
    stream.feed(text)
    return PartView(kind, dom_id, NOTHING, stream.settled, stream.tail)


def _attachment_view(attachment: Attachment) -> AttachmentView:
    return AttachmentView(attachment.pk, attachment.name, attachment.width, attachment.height)


def _cost(attempts: Sequence[UsageEntry]) -> CostView | None:
    if not attempts:
        return None
    return CostView(
        prompt_tokens=sum(
            a.input_tokens + a.cache_read_tokens + a.cache_write_5m_tokens + a.cache_write_1h_tokens for a in attempts
        ),
        output_tokens=sum(attempt.output_tokens for attempt in attempts),
        cost_usd=sum((attempt.cost_usd for attempt in attempts), start=attempts[0].cost_usd * 0),
        duration_ms=sum(attempt.duration_ms for attempt in attempts),
        estimated=any(attempt.estimated for attempt in attempts),
        attempts=len(attempts),
    )
