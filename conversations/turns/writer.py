"""The one thread of this process that writes for running turns.

Writers of SQLite stand in line anyway, and a thread that keeps its connection saves opening one for each tick.
"""

import asyncio
import logging
import math
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

from django.db import DatabaseError, InterfaceError, OperationalError, connections

P = ParamSpec("P")
Result = TypeVar("Result")

log = logging.getLogger(__name__)


Task = tuple[Future[Any], Callable[[], Any]]


class Writer:
    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="turns-writer")
        self._words: deque[Task] = deque()  # what people read along goes first
        self._others: deque[Task] = deque()
        self._away_at = -math.inf

    def was_away_within(self, seconds: float) -> bool:
        """Whether anything that was written in this time found no database."""
        return time.monotonic() - self._away_at < seconds

    async def run(self, write: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
        """`write` is one transaction. A connection that broke is dropped, so that the next call opens a new one."""
        return await self._in_line(self._others, partial(self._call, write, *args, **kwargs))

    async def run_soon(self, write: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
        """The same, before everything else that waits: for words."""
        return await self._in_line(self._words, partial(self._call, write, *args, **kwargs))

    async def attempt(self, write: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result | None:
        """As `run`, but None while the database is away: for what is tried again anyway."""
        try:
            return await self.run(write, *args, **kwargs)
        except DatabaseError:
            log.exception("database away")
            return None

    async def _in_line(self, line: deque[Task], call: Callable[[], Result]) -> Result:
        done: Future[Result] = Future()
        line.append((done, call))
        self._thread.submit(self._do_next)
        return await asyncio.wrap_future(done)

    def _do_next(self) -> None:
        done, call = (self._words or self._others).popleft()
        if not done.set_running_or_notify_cancel():
            return
        try:
            done.set_result(call())
        except BaseException as error:
            done.set_exception(error)

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
        await self._in_line(self._others, connections.close_all)
        self._thread.shutdown()
