"""What many windows want to know is asked of the database once for all of them: whether something is new to them.

A thousand idle windows look fifty times a second, and all of them within a moment when Redis goes away: a query each
would cost more than the answers that they wait for.
"""

import asyncio
import logging
from collections.abc import Sequence
from uuid import UUID

from channels.db import database_sync_to_async
from django.db import DatabaseError
from django.db.models import Exists, OuterRef

from conversations.models import Conversation, Turn

GATHER_S = 0.25  # how long the first who asks waits for others
AT_ONCE = 250  # windows in one query: an old SQLite takes no more than 999 parameters
TRY_AGAIN_S = 2.0  # while the database is away

Window = tuple[int, UUID]  # the keys of a person and of a conversation
Newest = tuple[int, bool]  # the revision, and whether a turn is active

log = logging.getLogger(__name__)


class Looks:
    """Of one process; it looks only while somebody asks."""

    def __init__(self) -> None:
        self._asked: list[tuple[Window, asyncio.Future[Newest | None]]] = []
        self._looking: asyncio.Task[None] | None = None

    async def newest(self, window: Window) -> Newest | None:
        """None when the conversation is gone, or not this person's any more. Waits while the database is away."""
        found: asyncio.Future[Newest | None] = asyncio.get_running_loop().create_future()
        self._asked.append((window, found))
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(), name="looks")
        return await found

    async def _look(self) -> None:
        while self._asked:
            await asyncio.sleep(GATHER_S)
            asked = [(window, found) for window, found in self._asked if not found.done()]
            self._asked = []
            try:
                newest = await newest_of(list({window for window, _ in asked}))
            except DatabaseError:
                log.warning("windows not looked after: the database does not answer")
                self._asked += asked
                await asyncio.sleep(TRY_AGAIN_S)
                continue
            for window, found in asked:
                if not found.done():  # its socket closed meanwhile
                    found.set_result(newest.get(window))


@database_sync_to_async
def newest_of(windows: Sequence[Window]) -> dict[Window, Newest]:
    newest: dict[Window, Newest] = {}
    for start in range(0, len(windows), AT_ONCE):
        newest |= _newest_of(windows[start : start + AT_ONCE])
    return newest


def newest_now(window: Window) -> Newest | None:
    """For one alone, who needs no others to wait for."""
    return _newest_of([window]).get(window)


def _newest_of(windows: Sequence[Window]) -> dict[Window, Newest]:
    is_active = Exists(Turn.objects.active().filter(conversation=OuterRef("pk")))
    rows = Conversation.objects.visible_in(windows).values_list("owner_id", "pk", "revision", is_active)
    return {(person_id, conversation_id): (revision, active) for person_id, conversation_id, revision, active in rows}


looks = Looks()
