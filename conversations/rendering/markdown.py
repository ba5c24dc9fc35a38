"""Markdown into HTML that may be shown: CommonMark, tables, tasks, footnotes, strikethrough, bare links, math.

Two gates one after the other: the parser knows no raw HTML, and whatever it makes passes the list in cleaning.py.
`to_html` is for whole texts. `piece_to_html` is for the parts of an answer that still arrives (streaming.py): it makes
the same, but for what looks forward, which a piece cannot know.
"""

import re
from functools import lru_cache, partial

from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, table
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.footnote.index import footnote_ref

from conversations.rendering.cleaning import clean, clean_with_ids
from conversations.rendering.code import figure
from conversations.rendering.html import (
    AnswerHtml,
    footnote_prefix,
    use_footnotes_at_the_end,
    use_footnotes_in_place,
)
from conversations.rendering.marks import marks_plugin
from conversations.rendering.math import math_plugin

# One paragraph, cell or heading beyond these is shown as it was written: the parser needs 10 µs for each "[" that
# nothing closes, and no text for people looks like that.
INLINE_LIMIT = 20_000
# A longer text is shown as it was written; Claude's longest answers have half of that. Markdown at its worst takes
# 10 µs for each character, and becomes ten times as many of HTML.
LONGEST = 256 * 1024
OPEN_BRACKETS_LIMIT = 16
ADDRESSES_LIMIT = 200
COLUMNS_LIMIT = 64
MISSING_CELLS_LIMIT = 2000  # of one table; its rows are filled up, so one character can become hundreds of cells
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
FOOTNOTE_REF = re.compile(r"\[\^[^\s\[\]]{1,40}\]")


def to_html(text: str, *, id_prefix: str = "", sources_prefix: str = "") -> SafeString:
    """The whole text. `id_prefix` keeps the footnotes of different messages on one page apart.

    Marks link to the list of sources of `sources_prefix`, with which `id_prefix` begins.
    """
    if len(text) > LONGEST:
        return clean(figure(tidy(text), "", plain=True))
    env: dict[str, object] = {"id_prefix": id_prefix, "sources_prefix": sources_prefix}
    html = WHOLE.render(tidy(text), env)
    if "marked" in env:
        return clean_with_ids(html, sources_prefix)
    return clean_with_ids(html, footnote_prefix(id_prefix)) if "footnotes" in env else clean(html)


def piece_to_html(text: str) -> tuple[SafeString, bool]:
    """The HTML of whole blocks, and whether they hold anything that other blocks may refer to, or they to others."""
    env: dict[str, object] = {}
    html = PIECE.render(text, env)
    return clean(html), looks_forward(env)


def draft_to_html(text: str) -> SafeString:
    """The same without highlighting, for what is drawn while its block is still open."""
    return clean(PIECE.render(text, {"arriving": True}))


def looks_forward(env: dict[str, object]) -> bool:
    return bool(env.get("references") or "footnotes" in env)


def tidy(text: str) -> str:
    """What Unicode cannot store becomes the replacement character; line ends are the parser's business."""
    return UNSTORABLE.sub("\ufffd", text)


def _parser(*, whole: bool) -> MarkdownIt:
    md = MarkdownIt(
        "commonmark", {"html": False, "xhtmlOut": False, "linkify": True, "tasklists": True}, renderer_cls=AnswerHtml
    )
    md.enable(["strikethrough", "linkify"])
    if md.linkify is not None:
        md.linkify.add("ftp:", None)
    md.core.ruler.disable(["linkify", "text_join"])  # the one guesses: main.py would be a link; the other is needless
    md.core.ruler.at("inline", _inline_within_limits)
    # Behind everything that may begin a block: a line that opens a list is not the head of a table, whatever follows,
    # so the first line of a block is enough to know where the block before it ended.
    md.block.ruler.before("lheading", "table_last", _table, {"alt": ["paragraph", "reference"]})
    md.validateLink = lambda url: True  # type: ignore[method-assign]  # html.py draws a bad link as its text
    md.use(math_plugin)
    md.use(marks_plugin)
    md.use(footnote_plugin, inline=False, move_to_end=whole)
    md.inline.ruler.at("footnote_ref", partial(_footnote_ref, always_match=not whole))
    (use_footnotes_at_the_end if whole else use_footnotes_in_place)(md)
    return md


def inline_to_html(text: str) -> SafeString:
    """A stretch of a paragraph."""
    return clean(PIECE.renderer.render(_children(text), PIECE.options, {}))


def _inline_within_limits(state: StateCore) -> None:
    for token in state.tokens:
        if token.type != "inline":
            continue
        if state.md is WHOLE or "references" in state.env or "[^" in token.content:
            token.children = _parsed_inline(state.md, token.content, state.env)
        else:
            token.children = _children(token.content)


@lru_cache(maxsize=256)
def _children(content: str) -> list[Token]:
    """Of a piece. An open block is drawn several times, and most of it is the same each time."""
    return _parsed_inline(PIECE, content, {})


def _parsed_inline(md: MarkdownIt, content: str, env: EnvType) -> list[Token]:
    children: list[Token] = []
    if is_too_much(content):
        return [Token("text", "", 0, content=content)]
    md.inline.parse(content, md, env, children)
    for child in children:
        if child.type == "text_special":  # an escape or entity, which only the next parser rule need tell from text
            child.type = "text"
    return children


def is_too_much(content: str) -> bool:
    return (
        len(content) > INLINE_LIMIT
        or content.count("[") - content.count("]") > OPEN_BRACKETS_LIMIT
        or content.count("://") > ADDRESSES_LIMIT
    )


def _table(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    """A table ends where too many of its cells were missing."""
    columns = _cells(state, first)
    if columns > COLUMNS_LIMIT or not table(state, first, min(end, first + 2), True):
        return False
    if silent:
        return True
    missing, line = 0, first + 2
    while line < end and not state.isEmpty(line) and missing <= MISSING_CELLS_LIMIT:
        missing += max(0, columns - _cells(state, line))
        line += 1
    return table(state, first, line, False)


def _cells(state: StateBlock, line: int) -> int:
    return state.src.count("|", state.bMarks[line], state.eMarks[line]) + 1


def _footnote_ref(state: StateInline, silent: bool, *, always_match: bool) -> bool:
    return FOOTNOTE_REF.match(state.src, state.pos) is not None and footnote_ref(
        state, silent, always_match=always_match
    )


WHOLE = _parser(whole=True)
PIECE = _parser(whole=False)
