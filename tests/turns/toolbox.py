"""What an upstream says when Claude asks for tools."""

import json
from typing import Any

from tests.upstream import Reply, begin, block_start, block_stop, end, text
from tests.upstream.script import Step, sse


def tool_request(index: int, name: str, given: object, *, key: str = "", kind: str = "tool_use") -> bytes:
    """A whole block that asks for a tool; `given` as a text is sent as it is."""
    block = block_start(index, kind, id=key or f"toolu_{index}", name=name, input={})
    typed = given if isinstance(given, str) else json.dumps(given)
    delta = {"type": "input_json_delta", "partial_json": typed}
    return block + sse({"type": "content_block_delta", "index": index, "delta": delta}) + block_stop(index)


def asks(*tools: tuple[str, object], words: str = "", stop_reason: str = "tool_use", first: str = "a") -> Reply:
    """Some words perhaps, and then requests of tools, with ids that begin with `first`."""
    steps: list[Step] = [begin(index=None)]
    at = 0
    if words:
        steps += [block_start(0), text(words), block_stop(0)]
        at = 1
    for index, (name, given) in enumerate(tools, at):
        steps.append(tool_request(index, name, given, key=f"toolu_{first}{index}"))
    return Reply.streaming(*steps, end(stop_reason, index=None))


def found(index: int, kind: str, key: str, content: Any) -> bytes:
    """The vendor's own result, which comes whole."""
    return block_start(index, kind, tool_use_id=key, content=content) + block_stop(index)
