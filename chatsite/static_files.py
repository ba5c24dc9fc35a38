"""WhiteNoise that streams.

As it comes it is sync-only, so under ASGI each file would be read whole, with a warning. This can go once WhiteNoise is
async (its issues 179 and 531).
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, BinaryIO

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware

CHUNK_BYTES = 64 * 1024


class StreamingWhiteNoise(WhiteNoiseMiddleware):  # type: ignore[misc]  # WhiteNoise ships no types
    def add_files(self, root: str | Path, prefix: str | None = None) -> None:
        """A folder that nothing was collected into yet is no fault: commands and tests start without one."""
        if self.autorefresh or Path(root).is_dir():
            super().add_files(root, prefix)

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponseBase:
        if isinstance(request, ASGIRequest):
            return _streamed(static_file.get_response(request.method, request.META))
        answer: HttpResponseBase = WhiteNoiseMiddleware.serve(static_file, request)
        return answer


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
