"""A PDF is only ever opened in the cage; what Claude could not read is refused by name, with what to do."""

import pytest

from conversations.attachments.cage import Answer, Cage
from conversations.attachments.pdf import MAX_PAGES, PDF_CAGE, count_pages, opening, told
from conversations.attachments.refused import FileRefused
from tests.attachments import documents


def refusal(data: bytes, cage: Cage = PDF_CAGE) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        count_pages(data, cage=cage)
    return caught.value


@pytest.mark.parametrize("pages", [1, 3, MAX_PAGES])
def test_pages_are_counted(pages: int) -> None:
    assert count_pages(documents.pdf(*[""] * pages)) == pages


def test_a_document_with_too_many_pages_is_refused_with_the_limit() -> None:
    refused = refusal(documents.pdf(*[""] * (MAX_PAGES + 1)))

    assert (refused.reason, refused.sentence) == (
        "too_many_pages",
        "It has 601 pages; the most is 600. Attach a part of it.",
    )


@pytest.mark.parametrize("password", ["secret", ""])
def test_a_protected_document_is_refused_with_what_to_do(password: str) -> None:
    refused = refusal(documents.pdf("Hello", password=password))

    assert (refused.reason, refused.sentence) == (
        "encrypted",
        "It is a PDF with a password or a ban on copying. Save it without that and attach it again.",
    )


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-",
        b"%PDF-1.7\n" + b"x" * 2000,
        documents.pdf("Hello", "World")[:400],
        documents.by_hand(b"<</Type/Catalog>>"),
        documents.by_hand(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 0/Kids[]>>"),
        documents.circle(),
    ],
    ids=["head", "noise", "half", "no pages", "no page", "circle"],
)
def test_a_broken_document_is_refused_with_what_to_do(data: bytes) -> None:
    refused = refusal(data)

    assert (refused.reason, refused.sentence) == (
        "broken_pdf",
        "It is a damaged PDF. Open it, save it as a new PDF and attach that.",
    )


def test_pages_are_counted_and_not_believed() -> None:
    assert count_pages(documents.liar(10_000)) == 1


def test_a_tree_of_pages_that_multiplies_harms_nobody() -> None:
    assert refusal(documents.laughing(30, 10)).reason in {"broken_pdf", "too_many_pages", "too_slow", "too_hungry"}
    assert count_pages(documents.pdf("Hello")) == 1


def test_a_stream_that_unfolds_harms_nobody() -> None:
    assert refusal(documents.zipped(100 * 2**20), Cage(memory_bytes=256 * 2**20)).reason in {"broken_pdf", "too_hungry"}


def test_a_reader_that_does_not_answer_is_killed() -> None:
    refused = refusal(documents.pdf("Hello"), Cage(wall_s=0.02))

    assert (refused.reason, refused.sentence) == (
        "too_slow",
        "Reading it takes longer than the 0.02 seconds that a file may take.",
    )


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]\n", b'{"pages": 0}\n', b'{"pages": 601}\n', b'{"pages": "many"}\n', b'{"refused": "so"}\n', b"{}\n"],
)
def test_a_reader_that_was_taken_over_is_not_believed(raw: bytes) -> None:
    with pytest.raises(FileRefused) as caught:
        told(Answer(raw, 0, was_late=False), PDF_CAGE)

    assert caught.value.reason == "crashed"


def test_the_first_words_are_found_with_their_page() -> None:
    assert opening(documents.pdf("", "Rivers carry sand.", "More")) == (2, "Rivers carry sand.")
    assert opening(documents.pdf("", "")) == (0, "")
