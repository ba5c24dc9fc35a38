"""The sources that an answer cites, numbered in the order of their first mention: documents, and pages of the web."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from conversations.announce.views import SourceView
from conversations.models.messages import Block, is_text, shown_together
from conversations.rendering.marks import mark

WEB = re.compile(r"https?://[^\s]+", re.IGNORECASE)
MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")  # every punctuation mark of ASCII may be escaped
Citation = Mapping[str, Any]


class Sources:
    """Gathers them while the blocks of one answer are read in order."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, ...], int] = {}

    def numbers_of(self, citations: Sequence[Citation]) -> list[int]:
        """Each once; what was cited before keeps its number."""
        found = (_key(citation) for citation in citations if isinstance(citation, Mapping))
        return list(dict.fromkeys(self._numbers.setdefault(key, len(self._numbers) + 1) for key in found))

    def marks_of(self, citations: Sequence[Citation]) -> str:
        return "".join(map(mark, self.numbers_of(citations)))

    def views(self) -> Iterator[SourceView]:
        for (title, place, quote, url), number in self._numbers.items():
            yield SourceView(number, title, place, quote, url)


def cited_text(blocks: Sequence[Block], sources: Sources, marked: Callable[[int], str] = mark) -> str:
    """The words of blocks that are shown as one, with a mark behind each that cites."""
    return "".join(_marked(block, sources, marked) for block in blocks)


def as_markdown(content: Sequence[Block]) -> str:
    """The words, and under them the sources as footnotes."""
    sources = Sources()
    runs = (blocks for _, blocks in shown_together(enumerate(content)) if is_text(blocks[0]))
    texts = [cited_text(blocks, sources, lambda number: f"[^source-{number}]") for blocks in runs]
    notes = "\n".join(f"[^source-{source.number}]: {_footnote(source)}" for source in sources.views())
    return "\n\n".join([*texts, notes] if notes else texts)


def _marked(block: Block, sources: Sources, marked: Callable[[int], str]) -> str:
    text: str = block["text"]
    if not (numbers := sources.numbers_of(block.get("citations") or ())):
        return text
    words = text.rstrip()  # a mark belongs to the words, not to the next paragraph
    return words + "".join(map(marked, numbers)) + text[len(words) :]


def _footnote(source: SourceView) -> str:
    named = f"[{_escaped(source.title)}](<{source.url}>)" if source.url else _escaped(source.title)
    quoted = f": “{_escaped(source.quote)}”" if source.quote else ""
    return named + (f", {source.place}" if source.place else "") + quoted


def _escaped(text: str) -> str:
    return MARKDOWN.sub(r"\\\1", text)


def _key(citation: Citation) -> tuple[str, ...]:
    """Title, place, quote and address: what is shown of it, and what tells it from others."""
    url = _words(citation.get("url") or citation.get("source"))
    url = url if WEB.fullmatch(url) and not set(url) & set('<>"') else ""
    title = _words(citation.get("document_title") or citation.get("title")) or url or "Source"
    return title, _place(citation), _words(citation.get("cited_text")), url


def _words(value: object) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _place(citation: Citation) -> str:
    """Where in it. The API counts pages from 1 and the rest from 0, and names the first that is not meant."""
    for unit, field, first in (("page", "page_number", 0), ("character", "char_index", 1), ("part", "block_index", 1)):
        start, end = citation.get(f"start_{field}"), citation.get(f"end_{field}")
        if isinstance(start, int) and isinstance(end, int):
            start, last = start + first, max(start + first, end + first - 1)
            return f"{unit} {start:,}" if start == last else f"{unit}s {start:,}–{last:,}"
    return ""
