"""What a delta costs must not depend on how much came before it. Counted, not timed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from conversations.rendering.fragments import text_grew
from conversations.rendering.markdown import PIECE
from conversations.rendering.streaming import MarkdownStream

DELTA = 20  # characters
PARAGRAPH = "Ordinary prose with **bold words** and `code`, see [the guide](https://a.example/x) for more. " * 5
ITEM = "- item **number one** with some words that follow it and `code` at the end\n"
ROW = "| a row | **some** text | 42 |\n"
HEAD = "| a | b | c |\n|---|---|--:|\n"
CODE = "def function(value):\n    return value + 1  # <note>\n\n"
KINDS = {
    "prose": f"{PARAGRAPH}\n\n",
    "list": ITEM,
    "table": ROW,
    "fence": CODE,
    "answer": f"## Heading\n\n{PARAGRAPH}\n\n{ITEM * 6}\n```python\n{CODE * 6}```\n\n{HEAD}{ROW * 6}\n",
}
BEGINNINGS = {"table": HEAD, "fence": "```python\n"}


@dataclass
class Work:
    parsed: float  # characters the parser saw, for each character of the answer
    sent: float  # bytes of frames, for each character


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], Work]:
    seen = 0

    def counted(parse: Callable[..., Any]) -> Callable[..., Any]:
        def parse_and_count(source: str, *rest: Any) -> Any:
            nonlocal seen
            seen += len(source)
            return parse(source, *rest)

        return parse_and_count

    monkeypatch.setattr(PIECE.block, "parse", counted(PIECE.block.parse))
    monkeypatch.setattr(PIECE.inline, "parse", counted(PIECE.inline.parse))

    def work_of(kind: str, length: int) -> Work:
        nonlocal seen
        text = (BEGINNINGS.get(kind, "") + KINDS[kind] * (length // len(KINDS[kind]) + 1))[:length]
        stream, seen, sent = MarkdownStream("message-42-part-0"), 0, 0
        for at in range(0, length, DELTA):
            sent += len(text_grew("message-42-part-0", stream.feed(text[at : at + DELTA])).encode())
        return Work(seen / length, sent / length)

    return work_of


@pytest.mark.parametrize(
    ("kind", "long"), [("prose", 128_000), ("answer", 128_000), ("list", 32_000), ("table", 32_000), ("fence", 32_000)]
)
def test_a_long_answer_costs_no_more_for_each_delta_than_a_short_one(
    kind: str, long: int, work: Callable[[str, int], Work]
) -> None:
    short_one, long_one = work(kind, 8_000), work(kind, long)

    assert long_one.parsed <= short_one.parsed * 1.2
    assert long_one.sent <= short_one.sent * 1.2


def test_prose_is_parsed_about_once_and_sent_about_once(work: Callable[[str, int], Work]) -> None:
    prose = work("prose", 8_000)

    assert prose.parsed < 5
    assert prose.sent < 10  # three of them are the frame's own words around 20 characters


def test_a_long_item_with_many_parts_stays_affordable(
    work: Callable[[str, int], Work], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(BEGINNINGS, "list", "- top\n")
    monkeypatch.setitem(KINDS, "list", f"  {ITEM}")

    assert work("list", 32_000).parsed < 40
