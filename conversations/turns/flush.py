"""One Flusher per process: each tick saves the news of all running turns in one transaction, then renders, then sends.

What a person sees is in the journal before it is sent. The first words of an answer go at once; after that they keep
to the ticks, one every FLUSH_EVERY_MS, since what costs is the reading, the frame and the commit, not the bytes. So
whoever reads Claude rests between two ticks too, and each tick begins by letting them read what has come meanwhile.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, transaction

from conversations.announce.sender import send
from conversations.models import Conversation, Message, State, Turn, TurnEvent
from conversations.turns import circuit
from conversations.turns.frames import frame
from conversations.turns.live import LiveTurn
from conversations.turns.progress import Piece
from conversations.turns.rounds import began_facts
from conversations.turns.writer import Writer

log = logging.getLogger(__name__)

SLICE_CHARS = 4096  # of one turn in one tick: however much comes at once, the loop is soon back with the others
TRY_AGAIN_S = 0.5  # after what could not be saved: a full disk is no better at the next tick, and others want the lock
BREATH_S = 0.01  # for how long frames are made before the loop looks at others

TURNS_TO_READ = 4  # of the loop: the readers ask, their sockets are read, they take what came, and now we


@dataclass(frozen=True, slots=True)
class Batch:
    """The news of one turn in one tick."""

    live: LiveTurn
    pieces: list[Piece]
    number: int  # of the first piece in the journal
    is_first: bool


class Flusher:
    """`on_lost` hears of each turn that this process may not write for any more."""

    def __init__(self, writer: Writer, on_lost: Callable[[int], None]) -> None:
        self._writer = writer
        self._on_lost = on_lost
        self._dirty: set[LiveTurn] = set()
        self._unsaved: dict[LiveTurn, Batch] = {}  # what a tick could not save; the next one tries again
        self._wake = asyncio.Event()
        self._hurry = asyncio.Event()
        self._next_tick = asyncio.Event()
        self._ticking = asyncio.Lock()
        self._apart: dict[LiveTurn, asyncio.Task[None]] = {}  # frames that are made beside the loop

    def mark_dirty(self, live: LiveTurn) -> None:
        self._dirty.add(live)
        self._wake.set()
        if not live.is_shown:
            self._hurry.set()

    async def next_tick(self) -> None:
        """Returns when the next tick begins: what is marked dirty at once is still part of it."""
        self._wake.set()
        await self._next_tick.wait()

    async def run(self) -> None:
        """Tick until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await self._wake.wait()
            next_at = loop.time() + settings.FLUSH_EVERY_MS / 1000
            self._wake.clear()
            await self._let_read()
            await self._tick(self._dirty)
            if self._unsaved:
                await asyncio.sleep(TRY_AGAIN_S)
            while await self._hurried(next_at):
                await self._tick({live for live in self._dirty if not live.is_shown})

    async def retire(self, live: LiveTurn) -> None:
        """No tick touches this turn any more once this returns."""
        self._dirty.discard(live)
        async with self._ticking:
            self._dirty.discard(live)
            self._unsaved.pop(live, None)
        if apart := self._apart.get(live):
            await asyncio.wait([apart])

    async def _let_read(self) -> None:
        """Whoever rests reads what is there. Who takes longer than that is part of the next tick."""
        begun, self._next_tick = self._next_tick, asyncio.Event()
        begun.set()
        for _ in range(TURNS_TO_READ):
            await asyncio.sleep(0)

    async def _hurried(self, next_at: float) -> bool:
        """Whether first words came before it was time for the next tick."""
        if asyncio.get_running_loop().time() >= next_at:
            return False  # however many begin at once, the others get their tick
        try:
            async with asyncio.timeout_at(next_at):
                await self._hurry.wait()
        except TimeoutError:
            return False
        return True

    async def _tick(self, due: set[LiveTurn]) -> None:
        self._hurry.clear()
        async with self._ticking:
            due = (due & self._dirty) - self._apart.keys()  # less those that have retired meanwhile
            self._dirty -= due
            batches = [self._take(live) for live in due]
            if batches:
                await self._flush(batches)

    async def _flush(self, batches: Sequence[Batch]) -> None:
        try:
            revisions = await self._writer.run_soon(save, batches)
        except DatabaseError:
            log.exception("journal not saved", extra={"turns": len(batches)})
            self._put_back(batches)
            return
        clock = asyncio.get_running_loop().time
        breathed_at = clock()
        for batch in batches:
            self._show(batch, revisions.get(batch.live.turn_id))
            if clock() - breathed_at > BREATH_S:
                await asyncio.sleep(0)
                breathed_at = clock()

    def _show(self, batch: Batch, revision: int | None) -> None:
        live = batch.live
        if revision is None:
            self._on_lost(live.turn_id)
        elif live.is_heavy:
            making = self._show_apart(batch, revision)
            self._apart[live] = asyncio.create_task(making, name=f"frame-{live.turn_id}")
        else:
            send(live.conversation_id, revision, _frame(batch))

    async def _show_apart(self, batch: Batch, revision: int) -> None:
        """In a thread. The turn sits out the ticks until its frame is sent, so that frames keep their order."""
        try:
            send(batch.live.conversation_id, revision, await asyncio.to_thread(_frame, batch))
        finally:
            del self._apart[batch.live]
            self._wake.set()

    def _take(self, live: LiveTurn) -> Batch:
        batch = self._unsaved.pop(live, None) or _news(live)
        if live.progress.has_news:
            self.mark_dirty(live)
        return batch

    def _put_back(self, batches: Sequence[Batch]) -> None:
        for batch in batches:
            self._unsaved[batch.live] = batch
            self._dirty.add(batch.live)
        self._wake.set()  # without hurry: the next try comes after the pause


def _news(live: LiveTurn) -> Batch:
    pieces, number = live.progress.take_news(SLICE_CHARS), live.journaled
    live.journaled += len(pieces)
    return Batch(live, pieces, number, is_first=not live.is_shown)


def _frame(batch: Batch) -> str:
    """After a fault of our own its windows see nothing more until the answer is whole: nobody else's words wait."""
    try:
        return "" if batch.live.is_unshowable else frame(batch.live, batch.pieces)
    except Exception:
        log.exception("frame not made", extra={"turn": batch.live.turn_id})
        batch.live.is_unshowable = True
        return ""


def save(batches: Sequence[Batch]) -> dict[int, int]:
    """Journal and revisions of one tick; the new revisions by turn. A turn that was lost, or is gone, has none."""
    with transaction.atomic():
        ours = Turn.objects.hold({batch.live.turn_id: batch.live.fence for batch in batches})
        kept = [batch for batch in batches if batch.live.turn_id in ours]
        revisions = Conversation.objects.advance([batch.live.conversation_id for batch in kept])
        TurnEvent.objects.append(
            (batch.live.turn_id, number, piece.index, piece.kind, piece.text)
            for batch in kept
            for number, piece in enumerate(batch.pieces, batch.number)
        )
        for batch in kept:
            if batch.is_first:
                _begin(batch.live)
    return {batch.live.turn_id: revisions[batch.live.conversation_id] for batch in kept}


def _begin(live: LiveTurn) -> None:
    circuit.close()
    Message.objects.filter(pk=live.answer.id).update(state=State.STREAMING)
    Turn.objects.filter(pk=live.turn_id).update(began=began_facts(live))
