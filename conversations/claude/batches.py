"""Message batches: many asks in one request, answered within a day, in any order, for half the price."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import anthropic
import httpx2
import orjson
from anthropic.types.messages import MessageBatch
from django.conf import settings

from .ask import Ask
from .batch_answers import BatchAnswer, read_answer
from .body import content_of
from .client import open_client
from .errors import ClaudeError
from .failures import failure
from .listing import moment
from .request import build_request
from .whole import within
from .wishes import owners_wishes

ADDRESS = "/v1/messages/batches"
MOST_REQUESTS = 100_000
MAX_BODY_BYTES = 256_000_000
MAX_LINE_BYTES = 32 * 1024 * 1024
PAGE_SIZE = 100
CREATE_WITHIN_S = 120.0
ENDED = "ended"


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """What the API says of a batch. `status` is in_progress, canceling, ended, or a word that we do not know yet.

    Requests are counted as processing until all of them are done. `has_results` says that they can be read.
    """

    id: str
    status: str
    request_count: int
    created_at: datetime | None
    has_results: bool


async def create(asks: Iterable[tuple[str, Ask]]) -> BatchFacts:
    """Hand in these asks, each with a name of `[a-zA-Z0-9_-]{1,64}` that no other has. Raises ClaudeError.

    When `took_nothing(error)` is false, the batch may exist all the same.
    """
    body = await asyncio.to_thread(_encode, list(asks))
    client = await open_client()
    sending = client.post(
        ADDRESS,
        cast_to=MessageBatch,
        content=content_of(body),
        options={"headers": {"content-length": str(len(body))}},
    )
    async with within(CREATE_WITHIN_S):
        return _facts(await sending)


def took_nothing(error: ClaudeError) -> bool:
    """Whether the API has certainly made no batch: it said so. Silence, and a fault of its own, leave that open."""
    status = error.status or 0
    is_clear = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return error.reason in ("overloaded", "too_long") or (is_clear and status != HTTPStatus.REQUEST_TIMEOUT)


async def look(batch_id: str) -> BatchFacts:
    """How it is with this batch. Raises ClaudeError, with the status 404 when the API knows it no more."""
    client = await open_client()
    async with within(settings.CLAUDE_FIRST_BYTE_S):
        return _facts(await client.messages.batches.retrieve(batch_id))


async def cancel(batch_id: str) -> BatchFacts:
    """Ask for its end. What is being answered already may still be answered. Raises ClaudeError."""
    client = await open_client()
    async with within(settings.CLAUDE_FIRST_BYTE_S):
        return _facts(await client.messages.batches.cancel(batch_id))


async def created_since(when: datetime) -> tuple[BatchFacts, ...]:
    """The batches of this key that are not older, newest first. Raises ClaudeError."""
    async with within(settings.CLAUDE_FIRST_BYTE_S):
        return await _newest(when)


async def _newest(since: datetime) -> tuple[BatchFacts, ...]:
    client = await open_client()
    found: dict[str, BatchFacts] = {}
    async for batch in client.messages.batches.list(limit=PAGE_SIZE):
        facts = _facts(batch)
        if facts.id in found:
            raise failure("protocol")  # the same page again, and so on for ever
        if facts.created_at and facts.created_at < since:
            break
        found[facts.id] = facts
    return tuple(found.values())


async def results(batch_id: str) -> AsyncGenerator[BatchAnswer, None]:
    """What came of each ask, line by line. A line that cannot be read is left out. Raises ClaudeError.

    They are read from the address that this site has for Claude, whatever address the batch names: the key goes along.
    """
    client = await open_client()
    opening = client.get(
        f"{ADDRESS}/{quote(batch_id, safe='')}/results",
        cast_to=httpx2.Response,
        options={"headers": {"accept": "application/binary"}},
        stream=True,
        stream_cls=anthropic.AsyncStream[Any],
    )
    async with within(settings.CLAUDE_FIRST_BYTE_S):
        response = cast(httpx2.Response, await opening)
    try:
        async for line in _lines(response):
            answer = read_answer(line)
            if answer:
                yield answer
    finally:
        await response.aclose()


async def _lines(response: httpx2.Response) -> AsyncGenerator[bytes, None]:
    """By line feeds alone: JSON may hold what Python also takes for the end of a line."""
    pieces = response.aiter_bytes()
    kept = bytearray()
    try:
        while (piece := await _next_piece(pieces)) is not None:
            kept += piece
            if b"\n" in piece:
                *lines, rest = bytes(kept).split(b"\n")
                kept = bytearray(rest)
                for line in lines:
                    yield line
            if len(kept) > MAX_LINE_BYTES:
                raise failure("too_large")
        yield bytes(kept)
    finally:
        await pieces.aclose()


async def _next_piece(pieces: AsyncGenerator[bytes, None]) -> bytes | None:
    try:
        return await asyncio.wait_for(anext(pieces, None), settings.CLAUDE_STALL_S)
    except TimeoutError as error:
        raise failure("stalled") from error
    except (httpx2.HTTPError, OSError) as error:
        raise failure("connection_lost", error_type=type(error).__name__) from error


def _encode(asks: list[tuple[str, Ask]]) -> bytes:
    requests = [{"custom_id": name, "params": _params(ask)} for name, ask in asks]
    body = orjson.dumps({"requests": requests})
    if len(body) > MAX_BODY_BYTES or len(requests) > MOST_REQUESTS:
        raise failure("too_long")
    return body


def _params(ask: Ask) -> dict[str, Any]:
    """Without breakpoints: asks of a batch begin alike at best, and writing to the cache costs more than input.

    Fast mode does not exist here.
    """
    wishes = {name: wish for name, wish in owners_wishes(ask.model).items() if name != "speed"}
    return {**build_request(ask, caches=False), **wishes}


def _facts(batch: object) -> BatchFacts:
    """What is no batch, such as the page of a proxy, is a fault of the protocol."""
    told = batch.to_dict(mode="json", warnings=False) if isinstance(batch, MessageBatch) else {}
    batch_id, status = told.get("id"), told.get("processing_status")
    if not isinstance(batch_id, str) or not isinstance(status, str):
        raise failure("protocol")
    counts: object = told.get("request_counts")
    numbers = counts.values() if isinstance(counts, Mapping) else ()
    return BatchFacts(
        id=batch_id,
        status=status,
        request_count=sum(number for number in numbers if isinstance(number, int)),
        created_at=moment(told.get("created_at")),
        has_results=status == ENDED and not told.get("archived_at"),
    )
