"""Turns that a process left behind: closed from their journal, so that no text that was seen is lost.

Nothing is run again: the turn has cost money, and the person may have read its words.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from django.conf import settings

from conversations.claude.counts import estimated_tokens
from conversations.claude.events import AttemptEnded, Block, TokenCounts
from conversations.models import Turn, TurnEvent, TurnStatus
from conversations.models.turns import TurnQuerySet
from conversations.turns.finish import RESTARTED, Ending, finish

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
    return closed


def _ending(turn: Turn) -> Ending:
    content = _content(turn.journal.order_by("pk"))
    return Ending(
        status=TurnStatus.FAILED,
        reason="interrupted",
        advice=RESTARTED,
        content=content,
        attempts=_attempts(turn, content),
        refused=None,
        model=(turn.began or {}).get("model", ""),
    )


def _content(journal: Iterable[TurnEvent]) -> list[Block]:
    texts: dict[tuple[int, str], list[str]] = {}
    for event in journal:
        texts.setdefault((event.block_index, event.block_type), []).append(event.text)
    return [{"type": kind, kind: "".join(pieces)} for (_, kind), pieces in sorted(texts.items())]


def _attempts(turn: Turn, content: Sequence[Block]) -> Sequence[AttemptEnded]:
    """What is known of the attempt that was running: how it began, and an estimate of what it wrote."""
    if not turn.began:
        return ()
    begun = TokenCounts(**turn.began["tokens"])
    written = estimated_tokens(sum(len(block[block["type"]]) for block in content))
    attempt = AttemptEnded(
        number=1,
        asked_model=turn.model,
        answered_model=turn.began["model"],
        request_id="",
        tokens=replace(begun, output=max(begun.output, written)),
        stop_reason="",
        first_token_ms=None,
        duration_ms=0,
        billed=True,
        estimated=True,
        reason="interrupted",
    )
    return (attempt,)
