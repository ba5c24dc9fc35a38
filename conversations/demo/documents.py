"""What the stand-in says about attached documents: a passage of each, cited as Claude would. It understands nothing."""

from base64 import b64decode
from dataclasses import dataclass
from typing import Any

from conversations.attachments import pdf
from conversations.attachments.refused import FileRefused

MAX_QUOTED_CHARS = 120
MARKDOWN = "\\`*_{}[]()#+-.!|<>~$&"


@dataclass(frozen=True, slots=True)
class Said:
    """Some words, and the passage that they rest on."""

    words: str
    citation: dict[str, Any] | None = None


def read_aloud(documents: list[dict[str, Any]]) -> list[Said]:
    """A paragraph for each. A PDF is read in the cage, so this belongs into a thread."""
    said: list[Said] = []
    for index, block in enumerate(documents):
        place = {"document_index": index, "document_title": block.get("title") or f"document {index + 1}"}
        is_pdf = block["source"]["media_type"] == "application/pdf"
        said += _of_pdf(block["source"]["data"], place) if is_pdf else _of_text(block["source"]["data"], place)
        said.append(Said("\n\n"))
    return said


def _of_pdf(encoded: str, place: dict[str, Any]) -> list[Said]:
    title, data = _bold(place), b64decode(encoded)
    try:
        pages, (page, quote) = pdf.count_pages(data), pdf.opening(data)
    except FileRefused:
        return [Said(f"{title} is a PDF that this stand-in cannot open.")]
    counted = f"{title} has {pages} page{'' if pages == 1 else 's'}"
    if not quote:
        return [Said(f"{counted} and shows no words on the first ones.")]
    where = {"start_page_number": page, "end_page_number": page + 1}
    citation = place | where | {"type": "page_location", "cited_text": quote}
    return [Said(f"{counted}. "), Said(f"It begins with “{_shown(quote)}”", citation), Said(".")]


def _of_text(text: str, place: dict[str, Any]) -> list[Said]:
    lines = [line.strip()[:MAX_QUOTED_CHARS] for line in text.splitlines() if line.strip()]
    counted = f"{_bold(place)} has {len(text):,} characters in {len(lines):,} lines"
    said = [Said(f"{counted}. "), Said(f"It begins with “{_shown(lines[0])}”", _cited(text, lines[0], place))]
    if len(lines) > 1:
        said += [Said(" and ends with "), Said(f"“{_shown(lines[-1])}”", _cited(text, lines[-1], place, last=True))]
    return [*said, Said(".")]


def _cited(text: str, passage: str, place: dict[str, Any], *, last: bool = False) -> dict[str, Any]:
    start = text.rindex(passage) if last else text.index(passage)
    where = {"start_char_index": start, "end_char_index": start + len(passage)}
    return place | where | {"type": "char_location", "cited_text": passage}


def _shown(words: str) -> str:
    """As they stand there: what is Markdown in a file is none in the answer."""
    return "".join(f"\\{char}" if char in MARKDOWN else char for char in words)


def _bold(place: dict[str, Any]) -> str:
    return f"**{_shown(place['document_title'])}**"
