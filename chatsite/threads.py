"""Requests in threads: one hop for each, and threads that stay, with their connection to the database.

As it comes, Django under ASGI starts a thread for each request, opens a connection in it, and goes there and back for
nearly every middleware: measured, a quarter of what a turn costs. All views here are sync, so nothing is lost.
"""

from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.core.handlers.asgi import ASGIHandler

THREADS = 32  # started as they are needed; requests beyond so many share them, and one may then wait for another


class Thread(ThreadPoolExecutor):
    def __init__(self) -> None:
        super().__init__(max_workers=1, thread_name_prefix="request")
        self.requests = 0


class Seat(Executor):
    """Where one request runs: in the thread that has fewest of them when it first needs one."""

    def __init__(self, threads: list[Thread]) -> None:
        self._threads = threads
        self._thread: Thread | None = None

    def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if self._thread is None:
            self._thread = min(self._threads, key=lambda thread: thread.requests)
            self._thread.requests += 1
        return self._thread.submit(call, *args, **kwargs)

    def leave(self) -> None:
        if self._thread is not None:
            self._thread.requests -= 1


class ThreadedHandler(ASGIHandler):
    """Django's own handler with another way into its middleware."""

    def __init__(self) -> None:
        super().__init__()
        self._threads = [Thread() for _ in range(THREADS)]

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)
        self._middleware_chain: Any = sync_to_async(self._middleware_chain)

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        seat = Seat(self._threads)
        try:
            async with ThreadSensitiveContext(executor=seat):
                await self.handle(scope, receive, send)
        finally:
            seat.leave()
