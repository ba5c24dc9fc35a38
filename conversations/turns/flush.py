"""One Flusher per process: each tick saves the news of all running turns in one transaction, then renders, then sends.

What a person sees is in the journal before it is sent. The first words of an answer go at once; after that a tick
comes at most every FLUSH_EVERY_MS, since what costs is the frame and the commit, not the bytes.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction

from conversations.announce.sender import send
from conversations.models import Conversation, Message, State, Turn, TurnEvent
from conversations.turns import circuit
from conversations.turns.frames import frame
from conversations.turns.live import LiveTurn
from conversations.turns.progress import Piece
from conversations.turns.writer import Writer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Batch:
    """The news of one turn in one tick."""

    live: LiveTurn
    pieces: list[Piece]
    is_first: bool


class Flusher:
    """`on_lost` hears of each turn that this process may not write for any more."""

    def __init__(self, writer: Writer, on_lost: Callable[[int], None]) -> None:
        self._writer = writer
        self._on_lost = on_lost
        self._dirty: set[LiveTurn] = set()
        self._unsaved: dict[LiveTurn, list[Piece]] = {}  # what a tick could not save; the next one tries again
        self._wake = asyncio.Event()
        self._hurry = asyncio.Event()
        self._ticking = asyncio.Lock()

    def mark_dirty(self, live: LiveTurn) -> None:
        self._dirty.add(live)
        self._wake.set()
        if not live.is_shown:
            self._hurry.set()

    async def run(self) -> None:
        """Tick until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            self._hurry.clear()
            async with self._ticking:
                await self._tick()
            await self._pause()

    async def retire(self, live: LiveTurn) -> None:
        """No tick touches this turn any more once this returns."""
        self._dirty.discard(live)
        async with self._ticking:
            self._dirty.discard(live)
            self._unsaved.pop(live, None)

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(settings.FLUSH_EVERY_MS / 1000):
                await self._hurry.wait()
        except TimeoutError:
            pass

    async def _tick(self) -> None:
        batches = [self._take(live) for live in self._dirty]
        self._dirty.clear()
        if not batches:
            return
        try:
            revisions = await self._writer.run(save, batches)
        except DatabaseError:
            log.exception("journal not saved", extra={"turns": len(batches)})
            self._put_back(batches)
            return
        for batch in batches:
            revision = revisions.get(batch.live.turn_id)
            if revision is None:
                self._on_lost(batch.live.turn_id)
            else:
                send(batch.live.conversation_id, revision, frame(batch.live, batch.pieces))

    def _take(self, live: LiveTurn) -> Batch:
        return Batch(live, self._unsaved.pop(live, []) + live.progress.take_news(), is_first=not live.is_shown)

    def _put_back(self, batches: Sequence[Batch]) -> None:
        for batch in batches:
            self._unsaved[batch.live] = batch.pieces
            self._dirty.add(batch.live)
        self._wake.set()  # without hurry: the next try comes after the pause


def save(batches: Sequence[Batch]) -> dict[int, int]:
    """Journal and revisions of one tick; the new revisions by turn. A turn that was lost, or is gone, has none."""
    with transaction.atomic():
        ours = Turn.objects.hold({batch.live.turn_id: batch.live.fence for batch in batches})
        kept = [batch for batch in batches if batch.live.turn_id in ours]
        revisions = Conversation.objects.advance([batch.live.conversation_id for batch in kept])
        TurnEvent.objects.append(
            (batch.live.turn_id, piece.index, piece.kind, piece.text) for batch in kept for piece in batch.pieces
        )
        for batch in kept:
            if batch.is_first:
                _begin(batch.live)
    return {batch.live.turn_id: revisions[batch.live.conversation_id] for batch in kept}


def _begin(live: LiveTurn) -> None:
    circuit.close()
    Message.objects.filter(pk=live.answer.id).update(state=State.STREAMING)
    Turn.objects.filter(pk=live.turn_id).update(began=_facts(live))


def _facts(live: LiveTurn) -> dict[str, Any] | None:
    return asdict(live.progress.began) if live.progress.began else None
