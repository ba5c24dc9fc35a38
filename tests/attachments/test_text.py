"""Text is what reads as text, whatever its name; it is kept as UTF-8."""

import pytest

from conversations.attachments.kinds import Kind, kind_of
from conversations.attachments.refused import FileRefused
from conversations.attachments.text import MAX_SENT_BYTES, MAX_TEXT_BYTES, kept_text, sent_text

WORDS = "Grüße, 世界\n\x1b[31mred\x1b[0m\n"


def refusal(data: bytes) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        kept_text(data)
    return caught.value


@pytest.mark.parametrize(
    "data",
    [b"hello", b"a,b\n1,2\n", b'{"a": 1}', b"def f():\n\treturn 1\n", b"<html><svg></svg></html>", b"# <svg> in words"],
)
def test_prose_tables_and_code_are_text(data: bytes) -> None:
    assert (kind_of(data), kept_text(data)) == (Kind.TEXT, data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_encodings_that_tell_themselves_are_converted(encoding: str) -> None:
    assert kept_text(WORDS.encode(encoding)).decode() == WORDS


@pytest.mark.parametrize(("words", "encoding"), [("Grüße", "cp1252"), ("Привет", "cp1251"), ("世界、", "shift_jis")])
def test_other_encodings_are_refused_with_what_to_do(words: str, encoding: str) -> None:
    refused = refusal(words.encode(encoding))

    assert refused.reason == "other_encoding"
    assert refused.sentence.endswith("Save it anew with the encoding UTF-8 and attach it again.")


@pytest.mark.parametrize("data", [b"a\0b", b"\xff\xfea\0\0\0", b"\xff\0\1"])
def test_what_is_no_text_is_refused(data: bytes) -> None:
    assert refusal(data).reason == "unknown_type"


def test_a_text_without_a_word_is_refused() -> None:
    assert refusal(b" \n\t").sentence == "There is no word in it."


def test_the_limit_is_exact_and_named() -> None:
    assert len(kept_text(b"x" * MAX_TEXT_BYTES)) == MAX_TEXT_BYTES
    assert refusal(b"x" * (MAX_TEXT_BYTES + 1)).sentence == "It is 5.1 MB of text; the most is 5 MB."


def test_of_a_long_text_whole_lines_and_whole_letters_go_along() -> None:
    short, lines, letters = b"x" * MAX_SENT_BYTES, "grün\n".encode() * MAX_SENT_BYTES, "ü".encode() * MAX_SENT_BYTES

    assert sent_text(short) == short
    assert sent_text(lines).endswith("grün\n".encode())
    assert sent_text(letters) == letters[:MAX_SENT_BYTES]
    assert sent_text(b"x" + letters) == (b"x" + letters)[: MAX_SENT_BYTES - 1]
    for sent in (sent_text(lines), sent_text(letters)):
        assert MAX_SENT_BYTES - 10 < len(sent) <= MAX_SENT_BYTES
