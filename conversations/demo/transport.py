"""The stand-in's network: requests of the SDK in, responses of a Messages API out, at a natural pace."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import orjson

from . import sse
from .batch_results import batch_result
from .batches import ADDRESS as BATCHES
from .batches import BatchDesk
from .caching import PromptCache
from .checks import ApiError, check_access, check_message_request
from .counting import prompt_tokens
from .errands import data_for
from .listing import listed_models, page_of
from .reply import Reply, said_in, terms_of
from .scenes import Scene, scene_for, text_of

REQUESTS_PER_MINUTE = 1000
BATCH_TAKES_S = 12


class DemoTransport(httpx2.AsyncBaseTransport):
    """Tests set `deltas_per_s` to 0 on the class for full speed."""

    deltas_per_s: float = 70
    first_delay_s: float = 0.4

    def __init__(self) -> None:
        self._cache = PromptCache()
        self._desk = BatchDesk(batch_result, takes_s=BATCH_TAKES_S if self.deltas_per_s else 0)
        self._tries: Counter[str] = Counter()
        self._requests_at: list[float] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        headers = self._headers()
        try:
            check_access(request.headers)
            return await self._routed(request, headers)
        except ApiError as error:
            body = {"type": "error", "error": {"type": error.kind, "message": error.message}}
            body["request_id"] = headers["request-id"]
            return httpx2.Response(error.status, headers=headers | error.headers, content=orjson.dumps(body))

    async def _routed(self, request: httpx2.Request, headers: dict[str, str]) -> httpx2.Response:
        if request.url.path.startswith(BATCHES):
            return await self._batched(request, headers)
        match request.method, request.url.path:
            case "POST", "/v1/messages":
                return await self._answered(check_message_request(await _json(request)), headers)
            case "POST", "/v1/messages/count_tokens":
                body = check_message_request(await _json(request), counts_only=True)
                return _response(headers, {"input_tokens": await asyncio.to_thread(prompt_tokens, body)})
            case "GET", "/v1/models":
                return _response(headers, page_of(listed_models(), request.url.params))
        raise ApiError(404, "not_found_error", "no such address")

    async def _batched(self, request: httpx2.Request, headers: dict[str, str]) -> httpx2.Response:
        url, body = request.url, await request.aread()
        operation, told = await asyncio.to_thread(self._desk.ask, request.method, url.path, url.params, body)
        if operation == "results":
            return httpx2.Response(200, headers=headers | {"content-type": "application/binary"}, content=told)
        return _response(headers, told)

    async def _answered(self, body: dict[str, Any], headers: dict[str, str]) -> httpx2.Response:
        data = data_for(body)
        tools = [tool["name"] for tool in body.get("tools", ())]
        scene = Scene(data) if data else scene_for(body["messages"], tools)
        if scene.is_overloaded or scene.passes_at_second_try:
            scene = self._tried(scene, body["messages"])
        said = await asyncio.to_thread(said_in, scene, body)
        usage = await asyncio.to_thread(self._cache.usage, body)
        reply = Reply(body, scene, said, usage | terms_of(body))
        reply.diagnostics = await asyncio.to_thread(self._cache.diagnostics, body, reply.id)
        if not body.get("stream"):
            return _response(headers, reply.message())
        stream = _PacedStream(reply.events(), self.deltas_per_s, self.first_delay_s)
        return httpx2.Response(200, headers=headers | {"content-type": "text/event-stream"}, stream=stream)

    def _tried(self, scene: Scene, messages: list[dict[str, Any]]) -> Scene:
        """What the scene is at this try of the question: out of reach or declined for good, or at every first one."""
        self._tries[text_of(messages[-1])] += 1
        if scene.passes_at_second_try and self._tries[text_of(messages[-1])] % 2 == 0:
            return replace(scene, stop_reason="end_turn")
        if scene.is_limited:
            wish = {"retry-after": "4" if self.deltas_per_s else "0"}
            raise ApiError(429, "rate_limit_error", "the stand-in plays a rate limit", wish)
        if scene.is_overloaded:
            wish = {"retry-after": "2" if self.deltas_per_s else "0"} if scene.passes_at_second_try else {}
            raise ApiError(529, "overloaded_error", "the stand-in plays an overload", wish)
        return replace(scene, text="")

    def _headers(self) -> dict[str, str]:
        now = time.monotonic()
        self._requests_at = [at for at in self._requests_at if at > now - 60] + [now]
        reset = (datetime.now(UTC) + timedelta(seconds=60)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "content-type": "application/json",
            "request-id": f"req_demo_{uuid4().hex[:20]}",
            "anthropic-ratelimit-requests-limit": str(REQUESTS_PER_MINUTE),
            "anthropic-ratelimit-requests-remaining": str(max(0, REQUESTS_PER_MINUTE - len(self._requests_at))),
            "anthropic-ratelimit-requests-reset": reset,
        }


class _PacedStream(httpx2.AsyncByteStream):
    def __init__(self, events: Iterable[sse.Payload], deltas_per_s: float, first_delay_s: float) -> None:
        self._events = events
        self._interval_s = 1 / deltas_per_s if deltas_per_s else 0
        self._first_delay_s = first_delay_s if deltas_per_s else 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        due_at = time.monotonic() + self._first_delay_s
        for event in self._events:
            if event["type"] == "content_block_delta" and self._interval_s:
                # By the clock and not by naps, so that a busy process does not slow the pace down.
                await asyncio.sleep(max(0, due_at - time.monotonic()))
                due_at += self._interval_s
            yield sse.encoded(event)


async def _json(request: httpx2.Request) -> Any:
    try:
        return orjson.loads(await request.aread())
    except orjson.JSONDecodeError as error:
        raise ApiError(400, "invalid_request_error", "the body is not JSON") from error


def _response(headers: dict[str, str], body: Any) -> httpx2.Response:
    return httpx2.Response(200, headers=headers, content=orjson.dumps(body))
