"""Message batches as the API keeps them: answered some seconds later, in another order. Gone with the process."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import orjson

from .checks import ApiError

ADDRESS = "/v1/messages/batches"
NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
NOT_ALLOWED = ("stream", "speed", "fallbacks")
PAGE_SIZE, MAX_PAGE_SIZE = 20, 1000
Json = dict[str, Any]


@dataclass
class _Batch:
    requests: list[Json]
    made_at: float
    id: str = field(default_factory=lambda: f"msgbatch_{uuid4().hex[:24]}")
    cancel_at: float | None = None
    results: list[Json] | None = None


class BatchDesk:
    """`result_for` makes the result of one request; each batch takes `takes_s` seconds."""

    def __init__(self, result_for: Callable[[Json], Json], *, takes_s: float) -> None:
        self.result_for = result_for
        self.takes_s = takes_s
        self._batches: dict[str, _Batch] = {}

    def ask(self, method: str, path: str, query: httpx2.QueryParams, body: bytes) -> tuple[str, Any]:
        """What this request asks for, and what becomes JSON; of `results` the lines themselves. Raises ApiError."""
        batch_id, _, rest = path.removeprefix(ADDRESS).strip("/").partition("/")
        operation = rest or ("look" if batch_id else "create" if method == "POST" else "list")
        match operation:
            case "create":
                return operation, self._create(orjson.loads(body))
            case "list":
                return operation, self._page(query)
            case "look":
                return operation, self._told(self._found(batch_id))
            case "cancel":
                return operation, self._cancel(batch_id)
            case "results":
                return operation, self._results(batch_id)
        raise ApiError(404, "not_found_error", "no such address")

    def _create(self, body: Any) -> Json:
        batch = _Batch(_checked(body), time.time())
        self._batches[batch.id] = batch
        return self._told(batch)

    def _cancel(self, batch_id: str) -> Json:
        batch = self._found(batch_id)
        if batch.results is None:
            batch.cancel_at = time.time()
        return self._told(batch)

    def _page(self, query: httpx2.QueryParams) -> Json:
        """Newest first."""
        ids = list(reversed(self._batches))
        start = ids.index(query["after_id"]) + 1 if query.get("after_id") in ids else 0
        size = min(int(query.get("limit", PAGE_SIZE)), MAX_PAGE_SIZE)
        page = ids[start : start + size]
        ends = {"first_id": page[0], "last_id": page[-1]} if page else {"first_id": None, "last_id": None}
        data = [self._told(self._batches[batch_id]) for batch_id in page]
        return {"data": data, "has_more": start + size < len(ids), **ends}

    def _results(self, batch_id: str) -> bytes:
        """The last request first, since nobody may rely on their order."""
        batch = self._found(batch_id)
        self._told(batch)
        if batch.results is None:
            raise ApiError(404, "not_found_error", "the batch has no results yet")
        return b"".join(orjson.dumps(result) + b"\n" for result in reversed(batch.results))

    def _found(self, batch_id: str) -> _Batch:
        if batch_id not in self._batches:
            raise ApiError(404, "not_found_error", f"no batch {batch_id}")
        return self._batches[batch_id]

    def _told(self, batch: _Batch) -> Json:
        if batch.results is None and (batch.cancel_at or time.time() >= batch.made_at + self.takes_s):
            batch.results = [self._result(batch, request) for request in batch.requests]
            return self._facts(batch, is_ended=not batch.cancel_at)  # a look at the cancelling comes first
        return self._facts(batch, is_ended=batch.results is not None)

    def _result(self, batch: _Batch, request: Json) -> Json:
        result = {"type": "canceled"} if batch.cancel_at else self.result_for(request)
        return {"custom_id": request["custom_id"], "result": result}

    def _facts(self, batch: _Batch, *, is_ended: bool) -> Json:
        made = datetime.fromtimestamp(batch.made_at, UTC)
        counts = dict.fromkeys(("processing", "succeeded", "errored", "canceled", "expired"), 0)
        for kind in [each["result"]["type"] for each in batch.results or ()] if is_ended else ():
            counts[kind] += 1
        if not is_ended:
            counts["processing"] = len(batch.requests)
        status = "ended" if is_ended else "canceling" if batch.cancel_at else "in_progress"
        return {
            "id": batch.id,
            "type": "message_batch",
            "processing_status": status,
            "request_counts": counts,
            "created_at": made.isoformat(),
            "expires_at": (made + timedelta(hours=24)).isoformat(),
            "ended_at": datetime.now(UTC).isoformat() if is_ended else None,
            "archived_at": None,
            "cancel_initiated_at": None,
            "results_url": f"/v1/messages/batches/{batch.id}/results" if is_ended else None,
        }


def _checked(body: Any) -> list[Json]:
    requests = body.get("requests") if isinstance(body, dict) else None
    if not isinstance(requests, list) or not requests:
        raise ApiError(400, "invalid_request_error", "requests: at least one is required")
    names = [request.get("custom_id") for request in requests]
    if not all(isinstance(name, str) and NAME.fullmatch(name) for name in names) or len({*names}) < len(names):
        raise ApiError(400, "invalid_request_error", "requests: custom_id must be unique and of up to 64 characters")
    for request in requests:
        if any(name in request["params"] for name in NOT_ALLOWED):
            raise ApiError(400, "invalid_request_error", "requests: a parameter is not allowed in batches")
    return requests
