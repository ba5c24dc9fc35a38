"""Which files of a conversation go along with a question: as many as one request takes, the newest. Pure.

What is left out stays left out, and it goes in large steps: each change in the middle of a conversation costs it its
prompt cache. Source of the limits: the vendor's guides to vision and to PDFs.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from conversations.attachments.text import MAX_SENT_BYTES
from conversations.claude.cards import ModelCard
from conversations.models import Attachment

MAX_IMAGES = 100  # what the models with the smaller context take
MAX_LARGE_IMAGES = 20  # of a request with an image above LARGE_PX: beyond it, that one would be rejected
LARGE_PX = 2000
MAX_ENCODED_BYTES = 20_000_000  # leaves a third of a request to words and to the files of a large question
MAX_QUESTION_BYTES = 28_000_000  # of one question, encoded: what a request takes, less its words
LARGE_CONTEXT_TOKENS = 1_000_000
MAX_PAGES, MAX_PAGES_OF_SMALL_CONTEXT = 600, 100
REST = 0.5  # what may stay when the limit is passed, so that the next questions do not pass it again


def kept_files(
    questions: Iterable[Sequence[Attachment]], card: ModelCard, beside: Sequence[Attachment] = ()
) -> set[UUID]:
    """The files to send, of the questions in their order. Those of the last question are always sent.

    So are those of the project, which stand `beside` them all: questions have the room that these leave.
    """
    kept: list[Attachment] = []
    for files in questions:
        kept += files
        if not _fit(kept, card, 1, beside):
            while len(kept) > len(files) and not _fit(kept, card, REST, beside):
                kept.pop(0)
    return {file.pk for file in kept}


def why_too_much(files: Sequence[Attachment], card: ModelCard, beside: Sequence[Attachment] = ()) -> str:
    """Why these cannot be sent with one question, `beside` those of its project, and what to do; "" when they can."""
    return _too_much_alone(files, card) or (_too_much_beside(files, card, beside) if beside else "")


def _too_much_alone(files: Sequence[Attachment], card: ModelCard) -> str:
    pages, most = _pages(files), most_pages(card)
    if pages > most:
        return (
            f"The PDFs have {pages:,} pages together; {card.short_name} takes {most} at once. "
            "Remove some, or choose another model."
        )
    if _encoded_bytes(files) > MAX_QUESTION_BYTES:
        size, most_mb = sum(file.size_bytes for file in files) / 1e6, MAX_QUESTION_BYTES * 3 / 4e6
        return f"The files are {size:.1f} MB together; one message takes {most_mb:.0f} MB. Remove some and send again."
    return ""


def _too_much_beside(files: Sequence[Attachment], card: ModelCard, beside: Sequence[Attachment]) -> str:
    together = [*beside, *files]
    if _pages(together) > most_pages(card):
        return (
            f"The project has {_pages(beside):,} pages and this message {_pages(files):,}; {card.short_name} takes "
            f"{most_pages(card)} at once. Remove some there or here, or choose another model."
        )
    if len(_images(together)) > _most_images(together):
        return (
            f"The project has {len(_images(beside))} pictures and this message {len(_images(files))}; Claude takes "
            f"{_most_images(together)} at once, as large as they are. Remove some there or here."
        )
    if _encoded_bytes(together) > MAX_QUESTION_BYTES:
        there, here = (sum(file.size_bytes for file in each) / 1e6 for each in (beside, files))
        return (
            f"The files of the project are {there:.1f} MB together and these {here:.1f} MB; one message takes "
            f"{MAX_QUESTION_BYTES * 3 / 4e6:.0f} MB. Remove some there or here."
        )
    return ""


def most_pages(card: ModelCard) -> int:
    return MAX_PAGES if card.context_tokens >= LARGE_CONTEXT_TOKENS else MAX_PAGES_OF_SMALL_CONTEXT


def left_out(images: int, documents: Sequence[str]) -> Iterable[str]:
    """What stands in the place of files, for Claude."""
    if images:
        were = "An image was here and is" if images == 1 else f"{images} images were here and are"
        yield f"[{were} left out.]"
    for name in documents:
        yield f"[The document “{name}” was here and is left out.]"


def cut_off(name: str, chars: int) -> str:
    """What Claude is told of a text of which only the beginning is sent."""
    return (
        f"[Of the file “{name}” only the beginning is here. The tool read_attached_text, where there is one, "
        f"reads on from character {chars}.]"
    )


def _fit(files: Sequence[Attachment], card: ModelCard, share: float, beside: Sequence[Attachment]) -> bool:
    """Whether they take no more than this share of what is left beside the others."""
    images = _most_images([*beside, *files]) - len(_images(beside))
    pages = most_pages(card) - _pages(beside)
    encoded_bytes = MAX_ENCODED_BYTES - _encoded_bytes(beside)
    return (
        len(_images(files)) <= images * share
        and _pages(files) <= pages * share
        and _encoded_bytes(files) <= encoded_bytes * share
    )


def _images(files: Iterable[Attachment]) -> list[Attachment]:
    return [file for file in files if file.kind == "image"]


def _most_images(files: Iterable[Attachment]) -> int:
    is_large = any(max(image.width, image.height) > LARGE_PX for image in _images(files))
    return MAX_LARGE_IMAGES if is_large else MAX_IMAGES


def _pages(files: Iterable[Attachment]) -> int:
    return sum(file.pages for file in files)


def _encoded_bytes(files: Iterable[Attachment]) -> float:
    """As they are sent: text as it is, as far as it is sent, and everything else as base64."""
    return sum(
        min(file.size_bytes, MAX_SENT_BYTES) if file.kind == "text" else file.size_bytes * 4 / 3 for file in files
    )
