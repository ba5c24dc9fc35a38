"""The errands of this process, behind its answers: few at once, none for long, and none that anybody waits for.

Best effort: what finds too many before it, or is still under way when the process ends, is not made up for. What it
used is booked all the same.
"""

import asyncio
import logging

from django.conf import settings

from conversations.errands.follow_ups import suggest_follow_ups
from conversations.errands.titles import name_conversation

log = logging.getLogger(__name__)

AT_ONCE = 2  # each is a stream beside those that people read
MOST = 100  # under way or waiting
LONGEST_S = 60.0
AFTER_AN_ANSWER = (name_conversation, suggest_follow_ups)


class Errands:
    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[None]] = set()
        self._free = asyncio.Semaphore(AT_ONCE)

    def after(self, turn_id: int) -> None:
        """What there is to ask once this turn has ended."""
        if not settings.ERRANDS or len(self.tasks) >= MOST:
            return
        task = asyncio.create_task(self._run(turn_id), name=f"errands-{turn_id}")
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def end(self) -> None:
        """End those that are left."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _run(self, turn_id: int) -> None:
        async with self._free:
            for errand in AFTER_AN_ANSWER:
                try:
                    async with asyncio.timeout(LONGEST_S):
                        await errand(turn_id)
                except Exception:
                    log.exception("errand broke", extra={"turn": turn_id})
