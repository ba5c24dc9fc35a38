"""Text files: prose, tables and code alike, kept as UTF-8."""

import codecs
import re

from conversations.attachments.refused import FileRefused, too_large, unknown

MAX_TEXT_BYTES = 5 * 1024 * 1024
# What goes along with a question; the rest can be read by a tool. About 130,000 tokens.
MAX_SENT_BYTES = 400_000

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
BINARY = re.compile("[\0-\x06\x0e-\x19]")  # in no text: not even in a log with colours
BINARY_BYTES = re.compile(BINARY.pattern.encode())


def words_in(data: bytes) -> str:
    """The text of a file. Raises FileRefused for what is none, and for encodings that can only be guessed."""
    encoding = next((name for mark, name in MARKS if data.startswith(mark)), "utf-8")
    try:
        words = data.decode(encoding)
    except UnicodeDecodeError:
        raise unknown() if BINARY_BYTES.search(data) else _other_encoding() from None
    if BINARY.search(words):
        raise unknown()
    return words


def kept_text(data: bytes) -> bytes:
    """As it is stored and sent, in UTF-8. Raises FileRefused."""
    if len(data) > MAX_TEXT_BYTES:
        raise too_large(len(data), MAX_TEXT_BYTES, " of text")
    words = words_in(data)
    if not words.strip():
        raise FileRefused("no_words", "There is no word in it.")
    return words.encode()


def sent_text(data: bytes) -> bytes:
    """What of a stored text goes along: its beginning, up to the end of a line where there is one."""
    if len(data) <= MAX_SENT_BYTES:
        return data
    cut = data[:MAX_SENT_BYTES].decode(errors="ignore").encode()
    return cut[: cut.rfind(b"\n", len(cut) // 2) + 1] or cut


def _other_encoding() -> FileRefused:
    sentence = "It seems to be text, but not in UTF-8. Save it anew with the encoding UTF-8 and attach it again."
    return FileRefused("other_encoding", sentence)
