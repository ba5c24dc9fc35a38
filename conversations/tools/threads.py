"""Threads for tools that block. One that hangs is left alone: it holds its slot, and a daemon stops no process."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import BoundedSemaphore, Thread
from typing import TypeVar

from django.db import connections

from conversations.tools.tool import ToolFailed

T = TypeVar("T")

MAX_THREADS = 64
BUSY = "The site runs too many tools at once. Try again later."

_slots = BoundedSemaphore(MAX_THREADS)


async def in_thread(call: Callable[[], T]) -> T:
    """What `call` gives or raises. Cancelled, it is not waited for any more, and runs to its end unheard."""
    if not _slots.acquire(blocking=False):
        raise ToolFailed(BUSY)
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def tell(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # what `call` gave

    def work() -> None:
        result, error = None, None
        try:
            result = call()
        except Exception as raised:
            error = raised
        finally:
            connections.close_all()
            _slots.release()
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(tell, result, error)

    Thread(target=work, name="tool", daemon=True).start()
    return await future
