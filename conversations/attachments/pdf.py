"""PDFs are looked at in the cage: how many pages they have, and whether Claude can read them."""

from pathlib import Path
from typing import Any

from conversations.attachments.cage import Answer, Cage, confined, died, taken_apart
from conversations.attachments.refused import FileRefused, too_hungry

READER = Path(__file__).with_name("read_pdf.py")
MAX_PAGES = 600  # of one request to the models with a context of a million tokens. Claude API, "PDF support"
PDF_CAGE = Cage(memory_bytes=768 * 2**20, cpu_s=10, wall_s=20)


def count_pages(data: bytes, *, cage: Cage = PDF_CAGE) -> int:
    """From 1 to MAX_PAGES. Blocks for a third of a second, longer while others are read; raises FileRefused."""
    return int(_looked_at(data, cage, {"max_pages": MAX_PAGES})["pages"])


def opening(data: bytes, *, cage: Cage = PDF_CAGE) -> tuple[int, str]:
    """The first page with words, counted from 1, and how it begins; (0, "") where there are only pictures."""
    facts = _looked_at(data, cage, {"max_pages": MAX_PAGES, "max_quoted_chars": 120})
    return int(facts["quoted_page"]), str(facts["quote"])


def _looked_at(data: bytes, cage: Cage, order: dict[str, Any]) -> dict[str, Any]:
    return told(confined(READER, order, data, cage), cage)


def told(answer: Answer, cage: Cage) -> dict[str, Any]:
    """What the child says, if that can be true; raises FileRefused."""
    try:
        facts, _ = taken_apart(answer)
        if reason := facts.get("refused"):
            raise _refused(reason, facts, cage)
        if not 1 <= int(facts["pages"]) <= MAX_PAGES:
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError):
        raise died(answer, cage) from None
    return facts


def _refused(reason: str, facts: dict[str, Any], cage: Cage) -> FileRefused:
    match reason:
        case "encrypted":
            return encrypted()
        case "broken":
            return broken()
        case "too_hungry":
            return too_hungry(cage.memory_bytes)
        case "too_many_pages":
            return too_many_pages(int(facts["pages"]))
        case _:
            raise ValueError(reason)


def encrypted() -> FileRefused:
    sentence = "It is a PDF with a password or a ban on copying. Save it without that and attach it again."
    return FileRefused("encrypted", sentence)


def broken() -> FileRefused:
    return FileRefused("broken_pdf", "It is a damaged PDF. Open it, save it as a new PDF and attach that.")


def too_many_pages(pages: int) -> FileRefused:
    return FileRefused("too_many_pages", f"It has {pages:,} pages; the most is {MAX_PAGES}. Attach a part of it.")
