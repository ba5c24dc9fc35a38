"""Closes the sockets of people who signed out, were deactivated or changed their password.

A socket outlives the session that it was opened with: nothing else would tell it. One look for all sockets of the
process, every LOOK_EVERY_S, costs two queries however many they are.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from channels.db import database_sync_to_async
from django.contrib.sessions.models import Session
from django.db import DatabaseError
from django.utils import timezone

from conversations.models import User

LOOK_EVERY_S = 3.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False, slots=True)
class Seat:
    """What one socket was opened with. `password` is the stored hash, whose change ends the sessions of a person."""

    person_id: int
    password: str
    session_key: str
    leave: Callable[[], Awaitable[None]]


class Guard:
    """Of one process; it looks only while somebody is seated."""

    def __init__(self) -> None:
        self._seats: set[Seat] = set()
        self._looking: asyncio.Task[None] | None = None

    def seat(self, seat: Seat) -> None:
        self._seats.add(seat)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(), name="socket-guard")

    def rise(self, seat: Seat) -> None:
        self._seats.discard(seat)

    async def _look(self) -> None:
        while self._seats:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                unwelcome = await no_longer_welcome(tuple(self._seats))
            except DatabaseError:
                log.warning("sockets not looked at: the database does not answer")
                continue
            for seat in unwelcome:
                self.rise(seat)
                await seat.leave()


@database_sync_to_async
def no_longer_welcome(seats: Iterable[Seat]) -> list[Seat]:
    keys, people = {seat.session_key for seat in seats}, {seat.person_id for seat in seats}
    alive = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    sessions = set(alive.values_list("session_key", flat=True))
    passwords = dict(User.objects.filter(pk__in=people, is_active=True).values_list("pk", "password"))
    return [
        seat for seat in seats if seat.session_key not in sessions or passwords.get(seat.person_id) != seat.password
    ]


guard = Guard()
