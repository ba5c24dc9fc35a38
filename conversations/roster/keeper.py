"""What this process knows of the models, kept fresh: at its start, when told over the wire, and every minute.

A process that takes turns also asks the API, once a day for all of them.
"""

import asyncio
import logging
from contextlib import suppress

from django.db import DatabaseError

from conversations.roster.database import in_database
from conversations.roster.knowledge import tell_catalogue
from conversations.roster.sync import sync_if_due
from conversations.wire import topics

log = logging.getLogger(__name__)

LOOK_EVERY_S = 60.0

_keeping: asyncio.Task[None] | None = None


async def start(*, asks_api: bool) -> None:
    global _keeping
    await in_database(tell_catalogue)()
    _keeping = asyncio.create_task(_keep(asks_api=asks_api), name="roster-keeper")


async def stop() -> None:
    """Harmless when nothing was started."""
    global _keeping
    task, _keeping = _keeping, None
    if task:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _keep(*, asks_api: bool) -> None:
    changes = topics.roster_changes.listen()
    try:
        while True:
            await _look(asks_api=asks_api)
            await changes.next_within(LOOK_EVERY_S)
    finally:
        topics.roster_changes.leave(changes)


async def _look(*, asks_api: bool) -> None:
    try:
        if asks_api:
            await sync_if_due()
        await in_database(tell_catalogue)()
    except DatabaseError:
        log.exception("database away")
