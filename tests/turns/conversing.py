"""Asking in a test: what a door would do, and waiting until the rows say that the turn has ended."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID, uuid4

from channels.db import database_sync_to_async

from conversations.models import Conversation, Message, Turn, UsageEntry, User
from conversations.turns.start import Sending, ask_again, start_turn
from conversations.turns.stop import request_stop

PATIENCE_S = 30
MODEL = "claude-opus-5-5"


def sending(
    text: str = "What is a fjord?", *, client_id: UUID | None = None, attachments: Sequence[UUID] = ()
) -> Sending:
    return Sending(client_id or uuid4(), text, MODEL, tuple(attachments))


@database_sync_to_async
def ask(
    person: User,
    text: str = "What is a fjord?",
    conversation: Conversation | None = None,
    *,
    attachments: Sequence[UUID] = (),
) -> Turn:
    return start_turn(person, sending(text, attachments=attachments), conversation)


@database_sync_to_async
def again(turn: Turn, *, model: str = "") -> Turn:
    return ask_again(turn.asked_by, turn.answer, uuid4(), model=model)


@database_sync_to_async
def stop(turn: Turn) -> bool:
    return request_stop(turn.conversation)


@database_sync_to_async
def reload(turn: Turn) -> Turn:
    return Turn.objects.select_related("answer", "question", "conversation", "asked_by").get(pk=turn.pk)


@database_sync_to_async
def attempts_of(turn: Turn) -> list[UsageEntry]:
    return list(turn.attempts.order_by("attempt"))


@database_sync_to_async
def journal_of(turn: Turn) -> str:
    return "".join(turn.journal.order_by("pk").values_list("text", flat=True))


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Wait until the rows say so; what writes them runs in other threads and has no event for a test."""
    async with asyncio.timeout(PATIENCE_S):
        while not await is_so():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def ended(turn: Turn) -> Turn:
    """The turn once it has ended."""

    async def has_ended() -> bool:
        return not (await reload(turn)).is_active

    await until(has_ended)
    return await reload(turn)


async def journaled(turn: Turn, text: str) -> None:
    """Wait until the journal holds this text: what a window may have been shown."""

    async def is_journaled() -> bool:
        return text in await journal_of(turn)

    await until(is_journaled)


async def booked(rows: int) -> None:
    """Wait until the ledger has this many rows."""

    async def are_booked() -> bool:
        return await UsageEntry.objects.acount() >= rows

    await until(are_booked)


async def answer_to(person: User, text: str, conversation: Conversation | None = None) -> Message:
    return (await ended(await ask(person, text, conversation))).answer
