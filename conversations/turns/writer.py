"""The one thread of this process that writes for running turns.

Writers of SQLite stand in line anyway, and a thread that keeps its connection saves opening one for each tick.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, connections

P = ParamSpec("P")
Result = TypeVar("Result")

log = logging.getLogger(__name__)


class Writer:
    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="turns-writer")

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
        except Exception:
            for connection in connections.all(initialized_only=True):
                connection.close_if_unusable_or_obsolete()
            raise

    async def close(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, connections.close_all)
        self._thread.shutdown()
