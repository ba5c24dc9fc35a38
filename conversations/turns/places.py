"""Where queued turns stand: their windows are told, at most once a second and only what changed.

Nothing is told of a turn that begins within about a second. All processes look, and one of them tells: a frame from
each would be a storm. When no worker is left, whoever looks says that nobody answers just now.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from conversations.announce.sender import place_changed, send
from conversations.announce.waits import EXACT_BELOW, MOST_AHEAD, STEP_AHEAD, wait_left
from conversations.models import Conversation, Heartbeat, Turn, TurnStatus
from conversations.models.turns import Waiting
from conversations.turns import governor
from conversations.turns.finish import Ending, finish
from conversations.turns.live import LiveTurn

NO_WORKER = {"reason": "no_worker"}
LEAST_TOLD_S = 3.0  # of a wait for room
AT_ONCE = 10  # turns that waited too long; the next look takes the next ones


def tell_places(worker_id: UUID, seen: frozenset[int], *, takes_turns: bool) -> frozenset[int]:
    """The turns that are queued now. Those `seen` by the look before have waited long enough to be told."""
    line = Turn.objects.line()
    if not line:
        return frozenset()
    _end_overdue()
    living = set(Heartbeat.objects.alive().values_list("pk", flat=True)) | ({worker_id} if takes_turns else set())
    if not living:
        _tell({waiting.pk: NO_WORKER for waiting in line if waiting.pk in seen})
    elif min(living) == worker_id:
        _tell({turn_id: wait for turn_id, wait in _waits(line).items() if turn_id in seen})
    return frozenset(waiting.pk for waiting in line)


def forget_place(live: LiveTurn) -> None:
    """The turn is claimed, and its windows were told where it stood."""
    with transaction.atomic():
        if not Turn.objects.hold({live.turn_id: live.fence}):
            return
        revision = Conversation.objects.advance_one(live.conversation_id)
        Turn.objects.filter(pk=live.turn_id).update(wait=None)
    send(live.conversation_id, revision, place_changed(live.answer.id, None, is_news=False))


def _waits(line: Sequence[Waiting]) -> dict[int, dict[str, Any]]:
    """By turn: how many are ahead, or until when its model has no room for it."""
    rooms, ahead, now = governor.rooms(), Counter[str](), timezone.now()
    waits = {}
    for place, waiting in enumerate(line):
        room = rooms.get(waiting.model)
        wait_s = room.wait_s(ahead[waiting.model]) if room else 0.0
        ahead[waiting.model] += 1
        waits[waiting.pk] = _no_room(now + timedelta(seconds=wait_s)) if wait_s >= LEAST_TOLD_S else _place(place)
    return waits


def _no_room(until: datetime) -> dict[str, Any]:
    return {"reason": "rate_limited", "until": until.isoformat(), "next_model": ""}


def _is_news(before: dict[str, Any] | None, now: dict[str, Any]) -> bool:
    """A moment that moves a little is told to nobody: windows count down by themselves."""
    if not (before and "until" in before and "until" in now):
        return before != now
    was, will = (datetime.fromisoformat(wait["until"]) for wait in (before, now))
    left_s = (was - timezone.now()).total_seconds()
    return abs((will - was).total_seconds()) > max(LEAST_TOLD_S, left_s / 4)


def _place(ahead: int) -> dict[str, Any]:
    """Exact for the nearest; far off in steps, so that a long line does not send a frame to all at every claim."""
    shown = ahead if ahead < EXACT_BELOW else min(MOST_AHEAD, ahead // STEP_AHEAD * STEP_AHEAD)
    return {"reason": TurnStatus.QUEUED.value, "ahead": shown}


def _tell(waits: Mapping[int, dict[str, Any]]) -> None:
    if not waits:
        return
    with transaction.atomic():
        queued = Turn.objects.queued().filter(pk__in=waits).select_for_update(skip_locked=True, of=("self",))
        told = [(turn, turn.wait) for turn in queued if _is_news(turn.wait, waits[turn.pk])]
        _keep(told, waits)
        revisions = Conversation.objects.advance([turn.conversation_id for turn, _ in told])
    for turn, before in told:
        is_news = before is None or before["reason"] != waits[turn.pk]["reason"]
        frame = place_changed(turn.answer_id, wait_left(turn), is_news=is_news)
        send(turn.conversation_id, revisions[turn.conversation_id], frame)


def _keep(told: Sequence[tuple[Turn, object]], waits: Mapping[int, dict[str, Any]]) -> None:
    """One statement for each thing that is said: far off, many are told the same."""
    same: defaultdict[str, list[int]] = defaultdict(list)
    for turn, _ in told:
        turn.wait = waits[turn.pk]
        same[json.dumps(turn.wait)].append(turn.pk)
    for wait, turn_ids in same.items():
        Turn.objects.filter(pk__in=turn_ids).update(wait=json.loads(wait))


def _end_overdue() -> None:
    minutes = round(settings.TURN_QUEUE_S / 60)
    within = f"{minutes} minute{'' if minutes == 1 else 's'}"
    ending = Ending(
        status=TurnStatus.FAILED,
        reason="waited_too_long",
        advice=f"Nobody could answer within {within}. Retry when the site is less busy.",
        content=[],
        attempts=(),
        refused=None,
        model="",
    )
    for turn_id, fence in Turn.objects.overdue().order_by("pk").values_list("pk", "fence")[:AT_ONCE]:
        finish(turn_id, ending, fence=fence)
