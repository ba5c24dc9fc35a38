"""The Batches API of the upstream: the stand-in's desk over TCP, with a say in what comes of each request.

upstream.batches.takes_s = 0                              # done at the first look; at first they never are
upstream.batches.result_for = lambda request: {"type": "expired"}
upstream.batches.twist("create", lambda reply: replace(reply, steps_before=(Reset(),)))   # done, and not told
"""

import json
import math
from collections import defaultdict
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from httpx2 import QueryParams

from conversations.demo.batches import ADDRESS, BatchDesk
from conversations.demo.checks import ApiError

from .script import Reply

__all__ = ["ADDRESS", "Batches", "errored", "succeeded"]

Twist = Callable[[Reply], Reply]


def succeeded(request: dict[str, Any], text: str = "", stop_reason: str = "end_turn", **message: Any) -> dict[str, Any]:
    """The result of a request that was answered; without a text it repeats the question."""
    params = request["params"]
    said = text or "You asked: " + params["messages"][-1]["content"][-1]["text"]
    usage = {"input_tokens": 100, "output_tokens": 50, "service_tier": "batch"}
    whole = {
        "id": "msg_batch",
        "type": "message",
        "role": "assistant",
        "model": params["model"],
        "content": [{"type": "text", "text": said}],
        "stop_reason": stop_reason,
        "usage": usage,
    }
    return {"type": "succeeded", "message": whole | message}


def errored(kind: str = "invalid_request_error") -> dict[str, Any]:
    error = {"type": kind, "message": "words of the upstream"}
    return {"type": "errored", "error": {"type": "error", "error": error, "request_id": "req_batch"}}


class Batches(BatchDesk):
    def __init__(self) -> None:
        super().__init__(succeeded, takes_s=math.inf)
        self.created: list[dict[str, Any]] = []  # the body of each that was made
        self._twists: defaultdict[str, list[Twist]] = defaultdict(list)

    def twist(self, operation: str, *twists: Twist) -> None:
        """Change coming replies to `create`, `list`, `look`, `cancel` or `results`, one each."""
        self._twists[operation] += twists

    def reply(self, method: str, target: str, raw_body: bytes) -> Reply:
        url = urlsplit(target)
        try:
            operation, told = self.ask(method, url.path, QueryParams(url.query), raw_body)
        except ApiError as error:
            return Reply.error(error.status, error.kind)
        if operation == "create":
            self.created.append(json.loads(raw_body))
        if operation == "results":
            reply = Reply((told,), headers={"content-type": "application/binary"}, slice_bytes=1000)
        else:
            reply = Reply.json(told)
        return self._twists[operation].pop(0)(reply) if self._twists[operation] else reply
