"""The life of one turn, top to bottom."""

import asyncio
import logging
from datetime import timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from conversations.announce.sender import retry_waits, send
from conversations.announce.thread import new_message
from conversations.announce.waits import wait_view
from conversations.attachments.store import AttachmentGone
from conversations.claude.ask import Ask
from conversations.claude.errors import ClaudeError
from conversations.claude.events import RetryWaits
from conversations.claude.stream import Answer, answer
from conversations.models import Conversation, Turn
from conversations.turns import circuit
from conversations.turns.context import build_ask
from conversations.turns.finish import RESTARTED, Ending, finish
from conversations.turns.flush import Flusher
from conversations.turns.live import LiveTurn
from conversations.turns.progress import Progress
from conversations.turns.writer import Writer

log = logging.getLogger(__name__)

UNREADABLE = "An image of this message cannot be read any more. Attach it again, and send the message anew."
BROKEN = "Something went wrong on this site while Claude was answering. What had arrived is kept."
TRY_AGAIN_S = 1.0  # while the database is away


class Run:
    """One running turn. `stop()`, `interrupt()` and `lose()` may come at any time, also before the first request."""

    def __init__(self, turn_id: int, fence: int, flusher: Flusher, writer: Writer) -> None:
        self.fence = fence
        self.is_lost = False
        self._turn_id = turn_id
        self._flusher = flusher
        self._writer = writer
        self._progress = Progress()
        self._answer: Answer | None = None
        self._person_id: int | None = None  # for the ledger, should the conversation be deleted meanwhile

    def stop(self) -> None:
        """The person pressed Stop."""
        self._progress.is_stopped = True
        if self._answer:
            self._answer.stop()

    def interrupt(self) -> None:
        """The process ends."""
        self._progress.error = ClaudeError("interrupted", RESTARTED)
        if self._answer:
            self._answer.stop()

    def lose(self) -> None:
        """Somebody else has the turn: our ending of it will be refused, and theirs stands."""
        self.is_lost = True
        self.interrupt()

    async def run(self) -> None:
        """From claimed to ended, whatever goes wrong. A database that is away is waited for while the process lives."""
        try:
            await self._follow()
        except Turn.DoesNotExist:
            self.lose()
        except ClaudeError as error:
            self._progress.error = error
        except AttachmentGone:
            self._progress.error = ClaudeError("attachment", UNREADABLE)
        except Exception:
            log.exception("turn broke", extra={"turn": self._turn_id})
            self._progress.error = ClaudeError("internal", BROKEN)
        ending = Ending.of(self._progress)
        self.is_lost = not await self._finish(ending)
        if not self.is_lost:
            log.info("turn ended", extra={"turn": self._turn_id, "status": ending.status, "reason": ending.reason})

    async def _finish(self, ending: Ending) -> bool:
        while True:
            try:
                return await self._writer.run(
                    finish, self._turn_id, ending, fence=self.fence, person_id=self._person_id
                )
            except (InterfaceError, OperationalError):
                log.exception("turn not ended yet", extra={"turn": self._turn_id})
                await asyncio.sleep(TRY_AGAIN_S)

    async def _follow(self) -> None:
        self._person_id, live, ask = await self._writer.run(load, self._turn_id, self.fence, self._progress)
        self._answer = answer(ask)
        if self._progress.is_stopped or self._progress.error:
            self._answer.stop()
        try:
            async for event in self._answer:
                live.progress.apply(event)
                if live.progress.has_news:
                    self._flusher.mark_dirty(live)
                elif isinstance(event, RetryWaits):
                    await self._writer.run(announce_wait, live, event)
        finally:
            unreported = await self._answer.aclose()
            if unreported:
                live.progress.apply(unreported)
            await self._flusher.retire(live)


def load(turn_id: int, fence: int, progress: Progress) -> tuple[int, LiveTurn, Ask]:
    """The turn and its request. A stop that was asked for before this counts. Raises Turn.DoesNotExist when lost."""
    turn = Turn.objects.held({turn_id: fence}).select_related("answer").get()
    progress.is_stopped = progress.is_stopped or turn.stop_requested_at is not None
    if not progress.is_stopped:
        circuit.admit()
    live = LiveTurn(turn.pk, fence, turn.conversation_id, new_message(turn.answer), progress)
    return turn.asked_by_id, live, build_ask(turn)


def announce_wait(live: LiveTurn, wait: RetryWaits) -> None:
    """Kept in the turn, so that a window that comes later counts down too."""
    until = timezone.now() + timedelta(seconds=wait.wait_s)
    kept = {"reason": wait.reason, "until": until.isoformat(), "next_model": wait.next_model}
    with transaction.atomic():
        if not Turn.objects.hold({live.turn_id: live.fence}):
            return
        revision = Conversation.objects.advance([live.conversation_id])[live.conversation_id]
        Turn.objects.filter(pk=live.turn_id).update(wait=kept)
    shown = wait_view(wait.reason, wait.wait_s, asked=live.answer.model, next_model=wait.next_model)
    send(live.conversation_id, revision, retry_waits(live.answer.id, shown))
