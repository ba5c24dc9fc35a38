"""Looks every few seconds whether a chore is due. Each chore sees to it that one process does it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from django.db import DatabaseError

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
Look = Callable[[], Awaitable[None]]

_keeping: list[asyncio.Task[None]] = []


def start(*looks: Look) -> None:
    """On the running loop, in a process that answers turns. One that takes long holds up none of the others."""
    _keeping[:] = [asyncio.create_task(_keep(look), name=f"chore-{look.__module__}") for look in looks]


async def stop() -> None:
    """Harmless when nothing was started."""
    tasks = _keeping[:]
    _keeping.clear()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _keep(look: Look) -> None:
    while True:
        try:
            await look()
        except DatabaseError:
            log.exception("database away")
        except Exception:
            log.exception("chore broke", extra={"chore": look.__module__})
        await asyncio.sleep(LOOK_EVERY_S)
