"""What the stand-in can play with tools: it asks for those of this site, and plays those of the vendor by itself.

    "use your tools"                   three calls side by side, one of which fails; then what they told
    "search the web"                   a search, and words that cite what it found
    "open a web page"                  a page of the web, cited too
    "run a program"                    a program in a container, after which the stand-in pauses and is asked to go on

A tool that the request does not offer is not used; the answer says where the owner turns it on.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

Block = dict[str, Any]

PAGES = (
    ("https://example.org/tides", "Tides, explained", "Twice a day the sea rises and falls."),
    ("https://example.com/moon", "The Moon and the sea", "The pull of the Moon is the larger part of it."),
)
PROGRAM = "python3 -c 'print(sum(n * n for n in range(1, 9)))'"
NOT_OFFERED = (
    "This site does not offer me that tool. Its owner turns tools on in the admin, under **Tools**. This is the demo "
    "stand-in: it would only play the tool, and nothing would leave this machine."
)


@dataclass(frozen=True, slots=True)
class ToolScene:
    """Blocks in the API's own shape, whole, and how the reply ends."""

    blocks: tuple[Block, ...]
    stop_reason: str = "end_turn"
    container_id: str = ""
    web_searches: int = 0


def tool_scene(messages: Sequence[Mapping[str, Any]], question: str, offered: Collection[str]) -> ToolScene | None:
    """The scene that the last message asks for or goes on with; None for any other. `question` is in lower case."""
    last = messages[-1]["content"]
    results = [block for block in last if isinstance(block, dict) and block["type"].endswith("tool_result")]
    if results and messages[-1]["role"] == "assistant":
        return ToolScene((_text("The program has printed **204**: eight squares, one above the other."),))
    if results:
        return ToolScene((_text("The tools told:\n\n" + "\n".join(f"- {_told(block)}" for block in results)),))
    for phrase, (name, play) in _SCENES.items():
        if phrase in question:
            return play() if name in offered else ToolScene((_text(NOT_OFFERED),))
    return None


def _told(result: Block) -> str:
    words = str(result.get("content", "")).strip().replace("\n", " ")[:200]
    return f"it failed: {words}" if result.get("is_error") else words


def _own_tools() -> ToolScene:
    asked: tuple[tuple[str, Block], ...] = (
        ("calculator", {"expression": "1250 * 1.19"}),
        ("clock", {"time_zone": "Europe/Oslo"}),
        ("calculator", {"expression": "1 / 0"}),
    )
    calls = ({"type": "tool_use", "id": _key("toolu"), "name": name, "input": given} for name, given in asked)
    return ToolScene((_text("Let me ask three tools at once; one of them cannot answer."), *calls), "tool_use")


def _search() -> ToolScene:
    hits = [
        {"type": "web_search_result", "url": url, "title": title, "encrypted_content": "demo", "page_age": "today"}
        for url, title, _ in PAGES
    ]
    blocks = _at_vendor("web_search", {"query": "why are there tides"}, "web_search_tool_result", hits)
    cited = (_cited(quote, url, title, quote) for url, title, quote in PAGES)
    return ToolScene((_text("Let me look."), *blocks, *cited, _text(" These pages are made up.")), web_searches=1)


def _fetch() -> ToolScene:
    url, title, quote = PAGES[0]
    source = {"type": "text", "media_type": "text/plain", "data": quote}
    page = {"type": "web_fetch_result", "url": url, "content": {"type": "document", "title": title, "source": source}}
    missing = {"type": "web_fetch_tool_result_error", "error_code": "url_not_accessible"}
    return ToolScene(
        (
            *_at_vendor("web_fetch", {"url": f"{url}/nowhere"}, "web_fetch_tool_result", missing),
            *_at_vendor("web_fetch", {"url": url}, "web_fetch_tool_result", page),
            _cited("The second page opened, and it is made up. " + quote, url, title, quote),
        )
    )


def _program() -> ToolScene:
    ran = {"type": "bash_code_execution_result", "stdout": "204\n", "stderr": "", "return_code": 0, "content": []}
    blocks = _at_vendor("bash_code_execution", {"command": PROGRAM}, "bash_code_execution_tool_result", ran)
    return ToolScene((_text("I count by a program."), *blocks), "pause_turn", container_id=_key("container"))


_SCENES: Mapping[str, tuple[str, Callable[[], ToolScene]]] = {
    "use your tools": ("calculator", _own_tools),
    "search the web": ("web_search", _search),
    "open a web page": ("web_fetch", _fetch),
    "run a program": ("code_execution", _program),
}


def _at_vendor(name: str, given: Block, kind: str, content: Any) -> tuple[Block, Block]:
    key = _key("srvtoolu")
    request = {"type": "server_tool_use", "id": key, "name": name, "input": given}
    return request, {"type": kind, "tool_use_id": key, "content": content}


def _cited(words: str, url: str, title: str, quote: str) -> Block:
    location = {"type": "web_search_result_location", "url": url, "title": title, "cited_text": quote}
    return _text(words + " ") | {"citations": [location | {"encrypted_index": "demo"}]}


def _text(words: str) -> Block:
    return {"type": "text", "text": words}


def _key(kind: str) -> str:
    return f"{kind}_demo_{uuid4().hex[:16]}"
