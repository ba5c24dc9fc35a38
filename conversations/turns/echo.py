"""An answer with tools, told to Claude again in a later turn: its blocks as they came, and the results in between.

Thinking is left out. It is bound to all that stood before it, and only an unfinished round needs it. A request without
its result is left out too, as is a result without its request: the API takes neither. Where a result of the vendor's
is left out, so are the citations, which may point into it.
"""

from collections.abc import Container, Iterable, Sequence

from conversations.announce.tools import is_request, is_result, results_by_request
from conversations.claude.ask import Echo, Part, ToolResult, Utterance
from conversations.models.messages import Block


def has_tools(content: Iterable[Block]) -> bool:
    return any("tool" in str(block.get("type")) for block in content)


def utterances_of(content: Sequence[Block], offered: Container[str]) -> Iterable[Utterance]:
    """`offered` are the tools that the request defines; requests for others are left out, with their results."""
    paired = _paired(content, offered)
    if any(is_result(block) and block["type"] != "tool_result" for block in content if not _is_told(block, paired)):
        content = [_uncited(block) for block in content]
    parts: list[Part] = []
    role = "assistant"
    for block in content:
        part = _part(block, paired)
        if part is None:
            continue
        speaks = "user" if isinstance(part, ToolResult) else "assistant"
        if speaks != role and parts:
            yield _utterance(role, parts)
            parts = []
        role = speaks
        parts.append(part)
    if parts:
        yield _utterance(role, parts)


def _utterance(role: str, parts: list[Part]) -> Utterance:
    return Utterance("user" if role == "user" else "assistant", tuple(parts))


def _paired(content: Iterable[Block], offered: Container[str]) -> frozenset[str]:
    """The ids of requests that are there together with their results."""
    blocks = list(content)
    asked = {block["id"] for block in blocks if is_request(block) and block.get("name") in offered}
    return frozenset(asked & results_by_request(blocks).keys())


def _is_told(block: Block, paired: Container[str]) -> bool:
    return (block["id"] if is_request(block) else block.get("tool_use_id")) in paired


def _uncited(block: Block) -> Block:
    return {name: value for name, value in block.items() if name != "citations"}


def _part(block: Block, paired: Container[str]) -> Part | None:
    if block.get("type") == "text":
        return Echo(block) if block["text"].strip() else None
    if not _is_told(block, paired):
        return None
    if is_request(block):
        return Echo(block)
    if block["type"] == "tool_result":
        return ToolResult(block["tool_use_id"], block["content"], block.get("is_error", False))
    return Echo(block)
