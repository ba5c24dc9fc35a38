"""WhiteNoise that streams.

As it comes it is sync-only, so under ASGI every request of the site would pass through a thread and each file be read
whole, with a warning. This can go once WhiteNoise is async (its issues 179 and 531).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, BinaryIO

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware

CHUNK_BYTES = 64 * 1024


class AsyncWhiteNoise(WhiteNoiseMiddleware):  # type: ignore[misc]  # WhiteNoise ships no types
    async_capable = sync_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        super().__init__(get_response)
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def add_files(self, root: str | Path, prefix: str | None = None) -> None:
        """A folder that nothing was collected into yet is no fault: commands and tests start without one."""
        if self.autorefresh or Path(root).is_dir():
            super().add_files(root, prefix)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        answer: HttpResponseBase | Awaitable[HttpResponseBase]
        answer = self._answer(request) if self.is_async else super().__call__(request)
        return answer

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        if self.autorefresh:
            static_file = await sync_to_async(self.find_file, thread_sensitive=False)(request.path_info)
        else:
            static_file = self.files.get(request.path_info)
        if static_file is None:
            answer: HttpResponseBase = await self.get_response(request)
            return answer
        return _streamed(static_file.get_response(request.method, request.META))


def _streamed(found: Any) -> HttpResponseBase:
    status = int(found.status)
    response: HttpResponseBase
    response = (
        HttpResponse(status=status) if found.file is None else StreamingHttpResponse(_Chunks(found.file), status=status)
    )
    del response["Content-Type"]
    for name, value in found.headers:
        response[name] = value
    return response


class _Chunks:
    """The contents of a file, piece by piece. Django calls `close` also when nobody read to the end."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while chunk := await asyncio.to_thread(self.file.read, CHUNK_BYTES):
            yield chunk

    def close(self) -> None:
        self.file.close()
