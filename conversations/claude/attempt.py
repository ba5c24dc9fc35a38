"""One request to the API: sends it, reads its stream, keeps its ledger facts."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from typing import Any, cast

import anthropic
import httpx2

from .access import with_key
from .allowance import allowance_of
from .assembly import Assembly
from .body import content_of
from .client import open_client
from .deadlines import Pace, Stopped, Watch
from .errors import ClaudeError
from .events import AllowanceTold, AnswerEnded, AttemptEnded, Event
from .failures import failure, from_sdk
from .frames import unframed
from .keys import authorization
from .providers import is_framed, is_regional, path_of, request_id_of

# An unread end of the body costs the connection; an end that does not come within this is not worth waiting for.
DRAIN_S = 0.2
MAX_REQUEST_ID_CHARS = 128
# A proxy that compresses the stream would gather it first.
HEADERS = {"accept": "text/event-stream", "accept-encoding": "identity"}
REGIONAL = "regional"  # in the place of what the API tells of where it answered


class Attempt:
    """`body` is the encoded request to `model`, `number` counts the attempts of one question.

    `pace` is awaited between two readings once there are words.
    """

    def __init__(self, body: bytes, model: str, number: int, watch: Watch, pace: Pace | None) -> None:
        self._body = body
        self._model = model
        self._number = number
        self._watch = watch
        self._pace = pace
        self._said = Assembly()
        self._asked_at = datetime.now(UTC)
        self._began_at = monotonic()
        self._first_words_at: float | None = None
        self._headers: Mapping[str, str] = {}  # of the response

    @property
    def has_shown(self) -> bool:
        return self._said.has_shown

    @property
    def declined_at_once(self) -> bool:
        return self._said.declined_at_once

    @property
    def ending(self) -> AnswerEnded:
        return AnswerEnded(self._said.stop_reason, self._said.container_id)

    async def batches(self) -> AsyncGenerator[list[Event], None]:
        """The events of the answer, a list per network piece. Raises ClaudeError or Stopped.

        However it is left, the upstream response is closed.
        """
        said = self._said
        self._watch.await_first_byte()
        try:
            response = await self._open()
        except ClaudeError:
            yield self._told
            raise
        pieces = unframed(response.aiter_bytes()) if is_framed() else response.aiter_bytes()
        try:
            yield self._told
            while not said.is_over:
                events = await self._next_events(pieces)
                if events:
                    yield events
                    await self._rest()
            if said.failure is not None:
                raise said.failure
            yield said.finish()
            await _drain(pieces)
        finally:
            await pieces.aclose()
            await response.aclose()

    def ended(self, error: ClaudeError | None, *, reason: str = "") -> AttemptEnded:
        """The ledger facts so far. Without a stop reason the output is our estimate, at least what was reported."""
        said = self._said
        tokens = said.usage.tokens
        is_estimated = said.has_begun and not said.stop_reason
        if is_estimated:
            tokens = replace(tokens, output=max(tokens.output, said.estimated_output_tokens))
        return AttemptEnded(
            number=self._number,
            began_at=self._asked_at,
            asked_model=self._model,
            answered_model=said.model,
            request_id=said.request_id or (error.request_id if error else ""),
            tokens=tokens,
            stop_reason=said.stop_reason,
            first_token_ms=self._ms(self._first_words_at) if self._first_words_at else None,
            duration_ms=self._ms(monotonic()),
            billed=said.is_billed,
            estimated=is_estimated,
            reason=error.reason if error else reason,
            terms=replace(said.usage.terms, inference_geo=REGIONAL) if is_regional(self._model) else said.usage.terms,
            cache_miss=said.cache_miss,
            facts={**said.facts, **_facts_of(error)},
        )

    async def _open(self) -> httpx2.Response:
        try:
            response = await self._watch.wait(self._send)
        except (anthropic.APIError, httpx2.HTTPError) as error:
            if isinstance(error, anthropic.APIStatusError):
                self._headers = error.response.headers
            raise from_sdk(error, model=self._model) from error
        self._headers = response.headers
        self._said.request_id = request_id_of(response.headers)[:MAX_REQUEST_ID_CHARS]
        return response

    @property
    def _told(self) -> list[Event]:
        """What the head of the response told, if there was one."""
        buckets = allowance_of(self._headers)
        return [AllowanceTold(self._model, self._asked_at, buckets)] if buckets else []

    async def _send(self) -> httpx2.Response:
        """By the SDK's general door: the one for messages would encode the body itself, on the event loop."""
        client = await open_client()
        return await with_key(partial(self._post, client), model=self._model)

    async def _post(self, client: anthropic.AsyncAnthropic, key: str) -> httpx2.Response:
        response = await client.post(
            path_of(self._model),
            cast_to=httpx2.Response,
            content=content_of(self._body),
            options={"headers": {**HEADERS, **authorization(key), "content-length": str(len(self._body))}},
            stream=True,
            stream_cls=anthropic.AsyncStream[Any],
        )
        return cast(httpx2.Response, response)  # `cast_to` goes before `stream_cls`, which the types do not tell

    async def _rest(self) -> None:
        said = self._said
        if self._pace and said.has_words and not said.stop_reason and not said.is_over:
            await self._watch.rest(self._pace)

    async def _next_events(self, pieces: AsyncGenerator[bytes, None]) -> list[Event]:
        said = self._said
        try:
            piece = await self._watch.wait(anext, pieces, None)
        except ClaudeError as error:
            said.fail(error)  # a deadline passed
            return []
        except Stopped:
            if not said.stop_reason:
                raise
            said.end()
            return []
        except (httpx2.HTTPError, OSError) as error:
            said.fail(failure("connection_lost", error_type=type(error).__name__))
            return []
        if piece is None:
            said.end()
            return []
        had_begun = said.has_begun
        events = said.read(piece)
        if said.progressed:
            said.progressed = False
            if not had_begun:
                self._watch.await_content()
            self._watch.content_arrived()
            if self._first_words_at is None and said.has_words:
                self._first_words_at = monotonic()
        return events

    def _ms(self, at: float) -> int:
        return round((at - self._began_at) * 1000)


async def _drain(pieces: AsyncGenerator[bytes, None]) -> None:
    try:
        async with asyncio.timeout(DRAIN_S):
            async for _ in pieces:
                pass
    except (TimeoutError, httpx2.HTTPError, OSError):
        return  # the answer is whole; only this connection is not used again


def _facts_of(error: ClaudeError | None) -> dict[str, object]:
    if error is None:
        return {}
    facts = {"status": error.status, "error_type": error.error_type, "retry_after_s": error.retry_after_s}
    return {name: value for name, value in facts.items() if value not in (None, "")}
