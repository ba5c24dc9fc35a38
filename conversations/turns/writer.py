"""The one thread of this process that writes for running turns.

Writers of SQLite stand in line anyway, and a thread that keeps its connection saves opening one for each tick.
"""

import asyncio
import logging
import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, InterfaceError, OperationalError, connections

P = ParamSpec("P")
Result = TypeVar("Result")

log = logging.getLogger(__name__)


class Writer:
    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="turns-writer")
        self._away_at = -math.inf

    def was_away_within(self, seconds: float) -> bool:
        """Whether anything that was written in this time found no database."""
        return time.monotonic() - self._away_at < seconds

    async def run(self, write: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
        """`write` is one transaction. A connection that broke is dropped, so that the next call opens a new one."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: self._call(write, *args, **kwargs))

    async def attempt(self, write: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result | None:
        """As `run`, but None while the database is away: for what is tried again anyway."""
        try:
            return await self.run(write, *args, **kwargs)
        except DatabaseError:
            log.exception("database away")
            return None

    def _call(self, write: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
        try:
            return write(*args, **kwargs)
        except Exception as error:
            if isinstance(error, OperationalError | InterfaceError):
                self._away_at = time.monotonic()
            for connection in connections.all(initialized_only=True):
                connection.close_if_unusable_or_obsolete()
            raise

    async def close(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, connections.close_all)
        self._thread.shutdown()
