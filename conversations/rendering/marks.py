"""Marks: where in an answer the number of a source stands. They travel in its Markdown, as something nobody types."""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

# It begins as a link does, so that a text that still arrives treats it like one. The character is for private use.
MARK = re.compile("\\[\ue000(\\d{1,4})\\]")


def mark(number: int) -> str:
    return f"[\ue000{number}]"


def may_have_marks(text: str) -> bool:
    return "\ue000" in text


def unmarked(text: str) -> str:
    """For code and the like, where a number would change what is copied. Its source is listed all the same."""
    return MARK.sub("", text) if may_have_marks(text) else text


def marks_plugin(md: MarkdownIt) -> None:
    md.inline.ruler.before("link", "source_mark", _source_mark)


def _source_mark(state: StateInline, silent: bool) -> bool:
    found = MARK.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        state.push("source_mark", "", 0).content = found[1]
    state.pos = found.end()
    return True
