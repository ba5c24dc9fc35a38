"""Static files as the server serves them, through the whole chain of middleware."""

import gc
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import brotli
import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import AsyncRequestFactory, RequestFactory

from chatsite.static_files import CHUNK_BYTES, StreamingWhiteNoise

BIG = b"0123456789abcdef" * 10_000  # more than one chunk


@pytest.fixture
def collected(tmp_path: Path, settings: Any) -> Path:
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "big.txt").write_bytes(BIG)
    (tmp_path / "main.css").write_bytes(b"body { color: black }" * 50)
    (tmp_path / "main.css.br").write_bytes(brotli.compress(b"body { color: black }" * 50))
    return tmp_path


@pytest.fixture
def serve(collected: Path) -> Callable[..., Awaitable[tuple[Any, bytes]]]:
    return _asker(StreamingWhiteNoise(_page))


def _page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"a page")


def _asker(middleware: Any) -> Callable[..., Awaitable[tuple[Any, bytes]]]:
    async def ask(path: str, method: str = "GET", **headers: str) -> tuple[Any, bytes]:
        request = AsyncRequestFactory().generic(
            method, path, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        response = middleware(request)
        body = b"".join([chunk async for chunk in response]) if response.streaming else response.content
        response.close()
        return response, body

    return ask


async def test_a_file_is_streamed_whole(serve: Any) -> None:
    response, body = await serve("/static/big.txt")

    assert isinstance(response, StreamingHttpResponse)
    assert response.is_async
    assert len(BIG) > CHUNK_BYTES
    assert body == BIG
    assert response.headers["Content-Length"] == str(len(BIG))
    assert response.headers["Content-Type"].startswith("text/plain")


async def test_head_has_the_headers_alone(serve: Any) -> None:
    response, body = await serve("/static/big.txt", "HEAD")

    assert (response.status_code, body) == (HTTPStatus.OK, b"")
    assert response.headers["Content-Length"] == str(len(BIG))


async def test_what_the_browser_has_is_not_sent_again(serve: Any) -> None:
    first, _ = await serve("/static/big.txt")

    again, body = await serve("/static/big.txt", if_none_match=first.headers["ETag"])

    assert (again.status_code, body) == (HTTPStatus.NOT_MODIFIED, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


async def test_a_range_is_served_alone(serve: Any) -> None:
    response, body = await serve("/static/big.txt", range="bytes=10-19")

    assert response.status_code == HTTPStatus.PARTIAL_CONTENT
    assert body == BIG[10:20]
    assert response.headers["Content-Range"] == f"bytes 10-19/{len(BIG)}"


async def test_a_range_beyond_the_end_is_refused(serve: Any) -> None:
    response, body = await serve("/static/big.txt", range="bytes=999999-")

    assert (response.status_code, body) == (HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, b"")


async def test_brotli_is_used_where_the_browser_takes_it(serve: Any) -> None:
    packed, body = await serve("/static/main.css", accept_encoding="gzip, br")
    plain, plain_body = await serve("/static/main.css")

    assert packed.headers["Content-Encoding"] == "br"
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert brotli.decompress(body) == plain_body
    assert "Content-Encoding" not in plain.headers


async def test_a_file_cannot_be_posted_to(serve: Any) -> None:
    response, _ = await serve("/static/main.css", "POST")

    assert response.status_code == HTTPStatus.METHOD_NOT_ALLOWED


@pytest.mark.parametrize("path", ["/", "/static/none.css", "/static/../manage.py", "/static/"])
async def test_everything_else_goes_to_the_site(serve: Any, path: str) -> None:
    assert (await serve(path))[1] == b"a page"


async def test_a_file_that_nobody_reads_to_the_end_is_closed(collected: Path) -> None:
    middleware: Any = StreamingWhiteNoise(_page)
    response = middleware(AsyncRequestFactory().get("/static/big.txt"))

    response.close()
    del response
    gc.collect()  # an open file would be a ResourceWarning here, and warnings are errors


async def test_in_debug_files_are_served_from_where_they_lie(settings: Any, tmp_path: Path) -> None:
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    settings.STATIC_ROOT = tmp_path / "never-made"
    serve = _asker(StreamingWhiteNoise(_page))

    response, body = await serve("/static/admin/css/base.css")

    assert response.status_code == HTTPStatus.OK
    assert b"--primary" in body
    assert (await serve("/static/none.css"))[1] == b"a page"


@pytest.mark.django_db  # the end of a response lets Django look at its connections
def test_without_an_event_loop_it_works_as_before(collected: Path, rf: RequestFactory) -> None:
    middleware: Any = StreamingWhiteNoise(_page)

    found = middleware(rf.get("/static/big.txt"))

    assert b"".join(found) == BIG
    assert middleware(rf.get("/")).content == b"a page"
    found.close()
