"""The life of one turn, top to bottom."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError

from conversations.announce.thread import new_message
from conversations.attachments.store import AttachmentGone
from conversations.claude.ask import Ask
from conversations.claude.errors import ClaudeError, RateLimited
from conversations.claude.events import (
    AllowanceTold,
    AnswerBegan,
    AnswerEnded,
    AttemptEnded,
    Event,
    RetryBegins,
    RetryWaits,
)
from conversations.claude.stream import Answer, answer
from conversations.models import Turn
from conversations.tools.tool import Caller
from conversations.turns import circuit, governor
from conversations.turns.consents import require_consent
from conversations.turns.context import Material, build_ask, material_of
from conversations.turns.finish import RESTARTED, Ending, end, tell, tell_apart
from conversations.turns.flush import Flusher
from conversations.turns.folding import fold_if_full
from conversations.turns.live import LiveTurn
from conversations.turns.places import forget_place
from conversations.turns.progress import Progress
from conversations.turns.rounds import begin_request, book_request, note_began
from conversations.turns.spending import within_budget
from conversations.turns.tool_loop import ToolLoop
from conversations.turns.waits import begin_wait, end_wait, wait_in_line
from conversations.turns.writer import Writer

P = ParamSpec("P")
Result = TypeVar("Result")

log = logging.getLogger(__name__)

UNREADABLE = "An image of this message cannot be read any more. Attach it again, and send the message anew."
BROKEN = "Something went wrong on this site while Claude was answering. What had arrived is kept."
LONG = 16 * 1024  # characters; while a longer answer is rendered as a whole, the writer has other turns to save
TRY_AGAIN_S = 1.0  # while the database is away


class Run:
    """One running turn. `stop()`, `interrupt()` and `lose()` may come at any time, also before the first request."""

    def __init__(self, turn_id: int, fence: int, flusher: Flusher, writer: Writer, news: governor.News) -> None:
        self.fence = fence
        self.is_lost = False
        self._is_put_back = False
        self._turn_id = turn_id
        self._flusher = flusher
        self._writer = writer
        self._governor_news = news
        self._progress = Progress()
        self._answer: Answer | None = None
        self._loop: ToolLoop | None = None
        self._folding: asyncio.Task[bool] | None = None
        self._attempts = 1  # the number of the newest request
        self._person_id: int | None = None  # for the ledger, should the conversation be deleted meanwhile
        self._live: LiveTurn | None = None

    def stop(self) -> None:
        """The person pressed Stop."""
        self._progress.is_stopped = True
        self._halt()

    def interrupt(self) -> None:
        """The process ends."""
        self._progress.error = ClaudeError("interrupted", RESTARTED)
        self._halt()

    def lose(self) -> None:
        """Somebody else has the turn: our ending of it will be refused, and theirs stands."""
        self.is_lost = True
        self.interrupt()

    def _halt(self) -> None:
        if self._answer:
            self._answer.stop()
        if self._loop:
            self._loop.stop()
        if self._folding:
            self._folding.cancel()

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
        if self._is_put_back:
            log.info("turn put back", extra={"turn": self._turn_id})
            return
        ending = Ending.of(self._progress)
        self.is_lost = not await self._finish(ending)
        if not self.is_lost:
            log.info("turn ended", extra={"turn": self._turn_id, "status": ending.status, "reason": ending.reason})

    async def _finish(self, ending: Ending) -> bool:
        ended = await self._insist(end, self._turn_id, ending, fence=self.fence, person_id=self._person_id)
        if ended is None:
            return False
        streams = self._live.streams if self._live else {}
        if sum(len(block.get("text", "")) for block in ending.content) > LONG:
            await asyncio.to_thread(tell_apart, ended, streams)
        else:
            await self._writer.attempt(tell, ended, streams)
        return True

    async def _insist(self, write: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
        while True:
            try:
                return await self._writer.run(write, *args, **kwargs)
            except (InterfaceError, OperationalError):
                log.exception("database away", extra={"turn": self._turn_id})
                await asyncio.sleep(TRY_AGAIN_S)

    async def _follow(self) -> None:
        person_id, live, material = await self._insist(load, self._turn_id, self.fence, self._progress)
        self._person_id, self._live = person_id, live
        ask = await _built(material)
        if await self._fold_if_full(live, material, ask):
            _, _, material = await self._insist(load, self._turn_id, self.fence, self._progress)
            ask = await _built(material)
        caller = Caller(person_id, live.conversation_id)
        self._loop = ToolLoop(
            live, material.toolbox, caller, self._flusher.mark_dirty, partial(require_consent, writer=self._writer)
        )
        try:
            ask = await self._ask(live, ask, live.first_attempt, waits_in_line=True)
            while following := await self._loop.next_ask(ask):
                ask = await self._ask_on(live, following, self._loop.rests_s)
        except RateLimited as error:
            self._is_put_back = await self._insist(wait_in_line, live, error)
            if not (self._is_put_back or self._progress.is_stopped):
                raise
        finally:
            await self._flusher.retire(live)

    async def _fold_if_full(self, live: LiveTurn, material: Material, ask: Ask) -> bool:
        """Stop ends it at once; no request goes out then."""
        self._folding = asyncio.create_task(fold_if_full(live, material, ask), name=f"fold-{self._turn_id}")
        try:
            await asyncio.wait([self._folding])
        finally:
            self._folding.cancel()
        return False if self._folding.cancelled() else self._folding.result()

    async def _ask_on(self, live: LiveTurn, ask: Ask, rests_s: float) -> Ask:
        """What was shown cannot stand in the line again, so that the turn waits where it is for room in the limits."""
        self._attempts += 1
        await self._insist(begin_request, live, self._attempts)
        return await self._ask(live, ask, self._attempts, rests_s=rests_s)

    async def _ask(
        self, live: LiveTurn, ask: Ask, first_attempt: int, *, waits_in_line: bool = False, rests_s: float = 0.0
    ) -> Ask:
        """One request, with the attempts that it takes; as it was put last."""
        if live.is_budgeted:
            ask = await self._insist(within_budget, live.turn_id, ask)
        pace = self._flusher.next_tick
        self._answer = answer(ask, pace=pace, first_attempt=first_attempt, waits_in_line=waits_in_line, rests_s=rests_s)
        if self._progress.is_stopped or self._progress.error:
            self._answer.stop()
        try:
            async for event in self._answer:
                await self._take(live, event)
        finally:
            unreported = await self._answer.aclose()
            if unreported:
                live.progress.apply(unreported)
        return self._answer.ask

    async def _take(self, live: LiveTurn, event: Event) -> None:
        live.progress.apply(event)
        if live.progress.has_news:
            self._flusher.mark_dirty(live)
        match event:
            case AllowanceTold() if self._governor_news.is_worth(event):
                await self._writer.attempt(governor.note, event)
            case RetryWaits(is_silent=True):
                await self._writer.attempt(book_request, live)
            case RetryWaits():
                await self._writer.attempt(begin_wait, live, event)
            case RetryBegins():
                await self._insist(end_wait, live, event)  # what nobody knows of, nobody would book
            case AnswerBegan() if live.progress.first_block:
                await self._writer.attempt(note_began, live)
            case AttemptEnded():
                self._attempts = event.number
            case AnswerEnded(stop_reason="tool_use" | "pause_turn"):
                await self._writer.attempt(book_request, live)


async def _built(material: Material) -> Ask:
    """Files are read beside the writer: a slow store must not keep the others' words waiting."""
    return await asyncio.to_thread(build_ask, material) if material.files else build_ask(material)


def load(turn_id: int, fence: int, progress: Progress) -> tuple[int, LiveTurn, Material]:
    """Who asks, the turn, and what its request is made of. A stop that was asked for before this counts.

    Raises Turn.DoesNotExist when the turn is lost.
    """
    turn = Turn.objects.held({turn_id: fence}).select_related("answer", "conversation", "asked_by").get()
    progress.is_stopped = progress.is_stopped or turn.stop_requested_at is not None
    if not progress.is_stopped:
        circuit.admit()
    live = LiveTurn(
        turn.pk,
        fence,
        turn.conversation_id,
        new_message(turn.answer),
        progress,
        first_attempt=turn.attempt,
        is_budgeted=turn.is_budgeted,
    )
    if turn.wait is not None:
        forget_place(live)
    return turn.asked_by_id, live, material_of(turn)
