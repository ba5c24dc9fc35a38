"""Turns that a process left behind: closed from their journal, so that no text that was seen is lost.

Nothing is run again: the turn has cost money, and the person may have read its words.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.utils import timezone

from conversations.claude.counts import estimated_tokens
from conversations.claude.events import AttemptEnded, Block, TokenCounts
from conversations.models import Purpose, Turn, TurnEvent, TurnStatus
from conversations.models.turns import TurnQuerySet
from conversations.turns.finish import RESTARTED, Ending, finish
from conversations.turns.progress import WORDS

log = logging.getLogger(__name__)

AT_ONCE = 10  # a worker that dies may leave hundreds, and those of the closing worker must not wait for all of them


def close_left_behind() -> int:
    """Close what earlier processes left running; how many it were. Call it before this process runs any itself.

    On SQLite, which serves one process, that is every running turn; elsewhere every one whose lease ran out.
    """
    return _close(Turn.objects.running() if settings.IS_SQLITE else Turn.objects.stale())


def close_stale(*, besides: Collection[int] = ()) -> int:
    """Close turns whose lease ran out, `besides` those that run here: AT_ONCE at most; how many it were."""
    return _close(Turn.objects.stale().exclude(pk__in=besides), AT_ONCE)


def close_held(fences: Mapping[int, int]) -> int:
    """Close these turns, which are this process's own and which it will not answer any more; how many it were."""
    held = Turn.objects.held(fences).order_by("pk")
    return sum(finish(turn.pk, _ending(turn), fence=turn.fence) for turn in held)


def _close(turns: TurnQuerySet, at_most: int | None = None) -> int:
    """Take over, then read: what a worker that comes back has yet to write is refused from here on."""
    closed = 0
    for turn_id, old_fence in turns.order_by("pk").values_list("pk", "fence")[:at_most]:
        fence = turns.take_over(turn_id, old_fence)
        turn = Turn.objects.filter(pk=turn_id).first()
        if fence and turn:
            closed += finish(turn_id, _ending(turn), fence=fence)
    if closed:
        log.warning("interrupted turns closed", extra={"turns": closed})
    return closed


def _ending(turn: Turn) -> Ending:
    content = dict(TurnEvent.objects.filter(turn=turn).blocks())
    return Ending(
        status=TurnStatus.FAILED,
        reason="interrupted",
        advice=RESTARTED,
        content=list(content.values()),
        attempts=_attempts(turn, content),
        refused=None,
        model=(turn.began or {}).get("model", ""),
        upstream_id=(turn.began or {}).get("message_id", ""),
    )


def _chars(block: Block) -> int:
    """What Claude wrote of it."""
    kind = str(block.get("type"))
    return len(block[kind]) if kind in WORDS else len(str(block.get("input", "")))


def _attempts(turn: Turn, content: Mapping[int, Block]) -> Sequence[AttemptEnded]:
    """What is known of the attempt that was running; none was when the process died in the wait for the next one.

    Without its beginning there is only the estimate that Claude was asked and nothing came of it.
    """
    if turn.attempts.filter(purpose=Purpose.ANSWER, attempt=turn.attempt).exists():
        return ()
    began: dict[str, Any] = turn.began or {}
    begun = TokenCounts(**began.get("tokens", {}))
    first = began.get("first_block", 0)
    written = estimated_tokens(sum(_chars(block) for index, block in content.items() if index >= first))
    attempt = AttemptEnded(
        number=turn.attempt,
        began_at=turn.started_at or timezone.now(),
        asked_model=(turn.wait or {}).get("next_model") or turn.model,
        answered_model=began.get("model", ""),
        request_id=began.get("request_id", ""),
        tokens=replace(begun, output=max(begun.output, written)),
        stop_reason="",
        first_token_ms=None,
        duration_ms=0,
        billed=True,
        estimated=True,
        reason="interrupted",
    )
    return (attempt,)
