"""Leases as a process sees them: which turns are still its own, which of them are to stop, and that it lives."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from conversations.claude.keys import number_in_use
from conversations.models import Heartbeat, Turn


@dataclass(frozen=True, slots=True)
class Look:
    """The keys of turns that were asked to stop, and of those that are this process's no more."""

    to_stop: set[int]
    lost: set[int]


def look(fences: Mapping[int, int]) -> Look:
    """What the rows say of these turns. A nudge that was lost costs no more than the time to the next look."""
    rows = Turn.objects.held(fences).values_list("pk", "stop_requested_at")
    stops = dict(rows)
    return Look({pk for pk, at in stops.items() if at}, fences.keys() - stops.keys())


def beat(worker_id: UUID, fences: Mapping[int, int]) -> None:
    """Renew the leases of these turns, and say that this worker lives."""
    Turn.objects.held(fences).renew()
    Heartbeat.objects.beat(worker_id, key_number=number_in_use())


def first_beat(worker_id: UUID) -> None:
    Heartbeat.objects.lapsed().delete()
    Heartbeat.objects.beat(worker_id, key_number=number_in_use())


def last_beat(worker_id: UUID) -> None:
    Heartbeat.objects.filter(pk=worker_id).delete()
