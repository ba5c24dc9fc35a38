"""What a page shows of the calls of tools: one row for each, with its state, its input and its result. Pure."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from conversations.announce.views import LinkView, ToolView
from conversations.models.messages import Block

REQUESTS = ("tool_use", "server_tool_use")
SHOWN_CHARS = 20_000  # of an input or a result; the vendor's own results may be much longer
WEB = ("http://", "https://")
# What the vendor's tools say when they fail; any other code is shown as it is.
FAULTS = {
    "content_too_large": "The page is too large.",
    "execution_time_exceeded": "The program ran for too long.",
    "invalid_tool_input": "The input does not fit.",
    "max_uses_exceeded": "It was used as often as one answer may.",
    "query_too_long": "The query is too long.",
    "request_too_large": "The request is too large.",
    "too_many_requests": "The vendor has too many of these at the moment.",
    "unavailable": "It is not available at the moment.",
    "unsupported_content_type": "The page is of a kind that cannot be read.",
    "url_not_accessible": "The page could not be opened.",
    "url_not_allowed": "The site does not allow this address.",
    "url_not_in_prior_context": "The address was not in the conversation before, so it may not be opened.",
    "url_too_long": "The address is too long.",
}


def is_request(block: Block) -> bool:
    return block.get("type") in REQUESTS and isinstance(block.get("id"), str)


def is_result(block: Block) -> bool:
    return isinstance(block.get("tool_use_id"), str)


def results_by_request(blocks: Iterable[Block]) -> dict[str, Block]:
    return {block["tool_use_id"]: block for block in blocks if is_result(block)}


def tool_view(request: Block, result: Block | None, *, is_active: bool) -> ToolView:
    """`is_active` says that the answer still runs: without a result, so does the tool."""
    found = result or {}
    told = _told(found.get("content"))
    return ToolView(
        name=in_words(str(request.get("name", ""))),
        state=_state(result, is_active=is_active),
        duration_ms=found.get("duration_ms"),
        given=_given(request.get("input")),
        result=told[:SHOWN_CHARS],
        links=tuple(_links(found.get("content"))),
    )


def in_words(name: str) -> str:
    """`search_own_chats` is "Search own chats"; the tool of a server is named after it."""
    server, _, tool = name.rpartition("__")
    spaced = [part.replace("_", " ").replace("-", " ").strip() for part in (server, tool) if part]
    return ": ".join(part[:1].upper() + part[1:] for part in spaced) or "Tool"


def _state(result: Block | None, *, is_active: bool) -> str:
    if result is None:
        return "running" if is_active else "unfinished"
    if result.get("is_error") or _is_fault(result.get("content")):
        return "failed"
    return "cut" if result.get("was_cut") else "done"


def _is_fault(content: object) -> bool:
    return isinstance(content, Mapping) and str(content.get("type", "")).endswith("_error")


def _given(given: object) -> str:
    """A line for each value, by its name, since not every database keeps their order; a value with parts as JSON."""
    if not isinstance(given, Mapping):
        return ""
    lines = (f"{name}: {value if isinstance(value, str) else _json(value)}" for name, value in sorted(given.items()))
    return "\n".join(lines)[:SHOWN_CHARS]


def _told(content: object) -> str:
    """The words of a result. Links are shown by themselves."""
    if isinstance(content, str):
        return content
    if isinstance(content, Mapping):
        return _told_by(content)
    if isinstance(content, list):
        parts = (_told_by(part) for part in content if isinstance(part, Mapping) and not _is_link(part))
        return "\n".join(part for part in parts if part)
    return ""


def _told_by(content: Mapping[str, Any]) -> str:
    if _is_fault(content):
        code = str(content.get("error_code", "error"))
        return FAULTS.get(code) or code.replace("_", " ").capitalize() + "."
    if "stdout" in content or "stderr" in content:
        exit_code = f"Exit code {content['return_code']}." if content.get("return_code") else ""
        return "\n".join(filter(None, (str(content.get("stdout") or ""), str(content.get("stderr") or ""), exit_code)))
    if _is_link(content):
        return ""
    if isinstance(content.get("text"), str):
        return str(content["text"])
    return _json({name: value for name, value in content.items() if not name.startswith("encrypted_")})


def _links(content: object) -> Iterable[LinkView]:
    """Only addresses of the web: anything else is nothing to click on."""
    for part in content if isinstance(content, list) else [content]:
        if isinstance(part, Mapping) and _is_link(part):
            inner = part.get("content")
            document = inner if isinstance(inner, Mapping) else {}
            title = str(part.get("title") or document.get("title") or part["url"])
            yield LinkView(part["url"], title[:300], str(part.get("page_age") or ""))


def _is_link(part: Mapping[str, Any]) -> bool:
    url = part.get("url")
    return isinstance(url, str) and url.lower().startswith(WEB)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
