"""Turns that a process left behind: closed from their journal, so that no text that was seen is lost."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from conversations.claude.counts import estimated_tokens
from conversations.claude.events import AttemptEnded, Block, TokenCounts
from conversations.models import Turn, TurnEvent, TurnStatus
from conversations.turns.finish import RESTARTED, Ending, finish


def close_interrupted() -> int:
    """Close each turn that is marked as running; how many there were. Only before this process runs any itself.

    Nothing is run again: the turn has cost money, and the person may have read its words.
    """
    running = Turn.objects.filter(status=TurnStatus.RUNNING)
    return sum(finish(turn.pk, _ending(turn)) for turn in running.order_by("pk"))


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
