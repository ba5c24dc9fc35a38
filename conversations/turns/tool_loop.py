"""The rounds of one answer: Claude asks for tools, they run side by side, and Claude is asked again with their results.

Claude's own blocks go back exactly as they came, thinking included. The results follow in one message, in the order of
the requests. Every round is a request of its own, with its own row in the ledger; the answer stays one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from django.conf import settings

from conversations.claude.ask import Ask, Echo, Part, ToolResult, Utterance
from conversations.claude.events import Block
from conversations.tools.calls import Call, Outcome, outcome_of
from conversations.tools.registry import Toolbox
from conversations.tools.tool import Caller
from conversations.turns.consents import NotAllowed
from conversations.turns.live import LiveTurn
from conversations.turns.progress import TOOL_LIMIT

MAX_ROUNDS = 10
MAX_PAUSES = 5  # of the vendor's own loop, which stops now and then to be asked to go on


class ToolLoop:
    """`stop()` may come at any time. `has_news` is called when something is to be shown."""

    def __init__(
        self,
        live: LiveTurn,
        toolbox: Toolbox,
        caller: Caller,
        has_news: Callable[[LiveTurn], None],
        require_consent: Callable[[LiveTurn, str], Awaitable[None]],
    ) -> None:
        self._live = live
        self._toolbox = toolbox
        self._caller = caller
        self._has_news = has_news
        self._require_consent = require_consent
        self._rounds = 0
        self._pauses = 0
        self._ends_at = asyncio.get_running_loop().time() + settings.CLAUDE_TOTAL_S
        self._running: asyncio.Future[list[Outcome]] | None = None
        self._is_stopped = False

    def stop(self) -> None:
        self._is_stopped = True
        if self._running is not None:
            self._running.cancel()

    @property
    def rests_s(self) -> float:
        """How long the next request may wait for room in the API's limits: as long as in the line, and in time."""
        return min(settings.TURN_QUEUE_S, self._ends_at - asyncio.get_running_loop().time())

    async def next_ask(self, ask: Ask) -> Ask | None:
        """How the answer goes on after this request; None when it is over, or was stopped.

        Only a request that ended with `tool_use` runs tools: after any other end their input may not be whole.
        """
        progress = self._live.progress
        said, reason = progress.said, progress.stop_reason
        calls = _calls(said, is_whole=not progress.has_broken_input) if reason == "tool_use" else []
        if not calls and reason != "pause_turn":
            return None
        if not self._may_go_on(reason):
            progress.stop_reason = TOOL_LIMIT
            return None
        progress.begin_request()
        outcomes = await self._outcomes(calls)
        if outcomes is None:
            return None
        progress.begin_request()
        results = tuple(ToolResult(each.call_id, each.text, each.is_error) for each in outcomes)
        history = _with(ask.history, "assistant", tuple(Echo(block) for block in said))
        if results:
            history = _with(history, "user", results)
        follows = progress.began.message_id if progress.began else ask.follows
        container_id = progress.container_id or ask.container_id
        return replace(ask, history=history, follows=follows, container_id=container_id)

    def _may_go_on(self, reason: str) -> bool:
        if reason == "pause_turn":
            self._pauses += 1
        else:
            self._rounds += 1
        is_in_time = asyncio.get_running_loop().time() < self._ends_at
        return is_in_time and self._rounds <= MAX_ROUNDS and self._pauses <= MAX_PAUSES

    async def _outcomes(self, calls: Sequence[Call]) -> list[Outcome] | None:
        """One for each call, in their order; None when they were stopped."""
        if self._is_stopped:
            return None
        first = self._live.progress.first_block
        self._running = asyncio.gather(*(self._outcome(call, first + at) for at, call in enumerate(calls)))
        try:
            return await self._running
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not self._is_stopped or (task and task.cancelling()):
                raise
            return None
        finally:
            self._running = None

    async def _outcome(self, call: Call, index: int) -> Outcome:
        outcome = await self._allowed_outcome(call)
        self._live.progress.add(index, _block(outcome))
        self._has_news(self._live)
        return outcome

    async def _allowed_outcome(self, call: Call) -> Outcome:
        if call.given is not None and call.name in self._toolbox.asking_first:
            try:
                await self._require_consent(self._live, call.id)
            except NotAllowed as refusal:
                return Outcome(call.id, str(refusal), is_error=True, was_cut=False, duration_ms=0)
        return await outcome_of(call, self._toolbox.tools, self._caller)


def _calls(said: Sequence[Block], *, is_whole: bool) -> list[Call]:
    """What Claude asks this site to run. An input that is not an object was never whole."""
    requests = [block for block in said if block.get("type") == "tool_use"]
    return [Call(_word(block, "id"), _word(block, "name"), _given(block) if is_whole else None) for block in requests]


def _word(block: Block, name: str) -> str:
    return str(block.get(name, ""))


def _given(block: Block) -> dict[str, Any] | None:
    given = block.get("input")
    return given if isinstance(given, dict) else None


def _block(outcome: Outcome) -> Block:
    """As the API has it, with our own facts beside: how long it took, and whether more came than Claude was shown."""
    block = {"type": "tool_result", "tool_use_id": outcome.call_id, "content": outcome.text}
    facts: Block = {"duration_ms": outcome.duration_ms}
    if outcome.is_error:
        facts["is_error"] = True
    if outcome.was_cut:
        facts["was_cut"] = True
    return block | facts


def _with(history: tuple[Utterance, ...], role: Any, parts: tuple[Part, ...]) -> tuple[Utterance, ...]:
    """What paused and what came after it are one utterance."""
    *earlier, last = history
    if last.role == role:
        return (*earlier, replace(last, parts=last.parts + parts))
    return (*history, Utterance(role, parts))
