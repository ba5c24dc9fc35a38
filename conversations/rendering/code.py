"""Code into a figure: its language as a caption, a copy button, and highlighting by classes."""

import re
from functools import lru_cache

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

HIGHLIGHT_LIMIT = 20_000  # characters; Pygments needs about a millisecond for each 1,000
NAME = re.compile(r"[^\w+#.-]")
# Trojan source: these reorder what is read. They stay in the text that is copied, in a box that shows them.
CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
COPY = '<copy-code><button type="button" class="button button--quiet" aria-label="Copy code">Copy</button></copy-code>'

_formatter = HtmlFormatter(nowrap=True, classprefix="hl-")


def figure(code: str, language: str, *, plain: bool = False) -> str:
    """Not cleaned yet. `plain` is for what is drawn again and again while it arrives."""
    inner = escaped(code) if plain else spans(code, language)
    return (
        f'<figure class="code">{caption(language)}<pre tabindex="0"><code{class_of(language)}>{inner}</code></pre>'
        "</figure>\n"
    )


def caption(language: str) -> str:
    return f'<figcaption class="code__caption"><span class="code__language">{label(language)}</span>{COPY}</figcaption>'


def spans(code: str, language: str) -> str:
    """`code` with a span around each thing that has a colour; plain where the language is unknown or the code long."""
    lexer = _lexer(language) if len(code) <= HIGHLIGHT_LIMIT else None
    if lexer is None:
        return escaped(code)
    return _boxed(highlight(code, lexer, _formatter))


def escaped(code: str) -> str:
    return _boxed(code.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def class_of(language: str) -> str:
    return f' class="language-{name}"' if (name := _name(language)) else ""


@lru_cache(maxsize=256)
def label(language: str) -> str:
    """The name for people: "Python" for py, the word itself for a language nobody knows, "Text" for none."""
    lexer = _lexer(language)
    return lexer.name if lexer else _name(language) or "Text"


def _name(language: str) -> str:
    return NAME.sub("", language)[:40]


@lru_cache(maxsize=256)
def _lexer(language: str) -> Lexer | None:
    try:
        return get_lexer_by_name(language.lower(), stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


def _boxed(html: str) -> str:
    return CONTROLS.sub(r'<span class="code__control">\g<0></span>', html)
