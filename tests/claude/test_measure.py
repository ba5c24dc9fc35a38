"""What an ask takes, about: what is known of a file counts for more than its bytes."""

from conversations.claude.ask import Ask, DocumentPart, Utterance
from conversations.claude.measure import about_tokens
from conversations.claude.tokens import TOKENS_PER_PAGE


def tokens_of(document: DocumentPart) -> int:
    return about_tokens(Ask("claude-opus-5-5", (Utterance("user", (document,)),), max_tokens=1000))


def test_a_pdf_takes_no_more_than_its_pages() -> None:
    scanned, short = bytes(3_000_000), bytes(3_000)

    assert TOKENS_PER_PAGE * 2 <= tokens_of(DocumentPart("application/pdf", scanned, "a.pdf", pages=2)) < 8_000
    assert tokens_of(DocumentPart("application/pdf", short, "a.pdf", pages=2)) < 1_100
    assert tokens_of(DocumentPart("application/pdf", scanned, "a.pdf")) >= 1_000_000
