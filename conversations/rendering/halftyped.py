"""The text of a paragraph that still arrives: what later characters cannot change, and a calm view of the rest.

What was settled is never looked at again, so a delta costs what it brings. All of this is for the eye alone and only
while the block is open: once it closes, the parser renders it from its source. So a rare construct that is read
differently here may look different for a second, and can do no more harm than that.
"""

import re

from django.utils.safestring import SafeString

from conversations.rendering.markdown import inline_to_html
from conversations.rendering.marks import MARK

WINDOW = 400  # characters; an opening that nothing closes so far on is shown as if it were closed
HELD_FORMULA = 80  # characters; a longer stretch after one "$" is prose, and prose is not withheld

PLAIN = re.compile(r"[^\\`*_~\[<&$!\n:]*[^\\`*_~\[<&$!\n:\s]")
SPACE = re.compile(r"[ \t]++(?=\S)")
BREAK = re.compile(r"([ \t]*+)\n\s*+(?=\S)")
# A bare link begins with a word that looks like any other until its colon comes.
LINK_START = re.compile(r"(?<![A-Za-z0-9.+-])h(?:t(?:t(?:ps?)?)?)?$")
SCHEME = re.compile(r"(?<![A-Za-z0-9.+-])https?$")
LINK = re.compile(r"https?://\S+(?=\s)")
LITERAL = re.compile(
    r"""https?(?=:[^/]|:/[^/]) | : | ~(?=[^~]) | !(?=[^\[]) | [*_~]+(?=\s)
      | (?<=\w)_+(?=[^_]) | &(?=[^A-Za-z\#]|[A-Za-z\#][A-Za-z0-9]*[^A-Za-z0-9;])
      | <(?=[^A-Za-z]|[A-Za-z][^\s<>]*[\s<]) | \$(?=\s|\d[\d.,]*[\s,;:)]) | \\(?=[A-Za-z0-9\s])""",
    re.VERBOSE,
)
TOKEN = re.compile(r"\\\(|\\\[|\\.|`+|\*+|_+|~~|\$\$?|!?\[|\]\(|\]|<(?=[A-Za-z])|&\w+;", re.DOTALL)
ADDRESS = re.compile(r"""\]\((?:[^()\s]|\([^()\s]*(?:\)|$))*(?:[ ]+(?:"[^"\n]*(?:"[ ]*|$)|$))?""")
ANGLE = re.compile(r"<[^\s<>]*")
CLOSING = {"\\(": "\\)", "\\[": "\\]", "$": "$", "$$": "$$"}
DANGLING = re.compile(r"(?:[*_~`\[\]\\$&]|!\[|<[A-Za-z][^\s<>]*|&\w*)+$")


class Prose:
    """`extend` returns the HTML that settled; `pending` is the HTML of the rest."""

    __slots__ = ("_rest", "_seen", "pending")

    def __init__(self) -> None:
        self._rest = ""  # begins with the last settled character, as far as _seen tells
        self._seen = 0
        self.pending = ""

    def extend(self, text: str) -> str:
        rest, at = self._rest + text, self._seen
        settled: list[str] = []
        while (step := _settle(rest, at)) is not None:
            html, at = step
            settled.append(html)
        self._seen = min(at, 1)
        self._rest = rest[at - self._seen :]
        left = rest[at:].strip()
        self.pending = _calm(left) if left else ""
        return "".join(settled)


def _settle(text: str, at: int) -> tuple[str, int] | None:
    """The HTML of the next stretch that no later character can change, and where it ends."""
    if at == len(text):
        return None
    if (plain := PLAIN.match(text, at)) and (end := _before_link(text, at, plain.end())) > at:
        return _escaped(text[at:end]), end
    if space := SPACE.match(text, at):
        return space[0], space.end()
    if line := BREAK.match(text, at):
        return "<br>\n" if line[1].endswith("  ") else "\n", line.end()
    if mark := MARK.match(text, at):
        return inline_to_html(mark[0]), mark.end()
    if literal := LITERAL.match(text, at):
        return _escaped(literal[0]), literal.end()
    if text[at] in " \t\n":
        return None
    if link := LINK.match(text, at):
        return inline_to_html(link[0]), link.end()
    if text[at] == "h":
        return _past_window(text, at)
    end, _ = _balance(text[at : at + WINDOW])
    return (inline_to_html(text[at : at + end]), at + end) if end else _past_window(text, at)


def _before_link(text: str, at: int, end: int) -> int:
    """Stops before the scheme of a bare link, and before what may become one."""
    if end < len(text) and text[end] != ":":
        return end
    found = (LINK_START if end == len(text) else SCHEME).search(text, at, end)
    return found.start() if found else end


def _past_window(text: str, at: int) -> tuple[str, int] | None:
    end = at + WINDOW
    return (_calm(text[at:end]), end) if len(text) > end else None


def _balance(text: str) -> tuple[int, list[tuple[str, int]]]:
    """Where all that was opened is closed again (0: nowhere yet), and what else is open, each with its place.

    That place is before the end of the text: the next character could still belong to the same run of delimiters.
    """
    open_: list[tuple[str, int]] = []
    at = 0
    while token := TOKEN.search(text, at):
        mark, start = token[0], token.start()
        if start and not at:
            break
        at = _end_of(text, mark, token)
        if at < 0:
            return 0, [*open_, (mark, start)]
        if mark[0] in "*_~[!]":
            _open_or_close(open_, mark, start, text)
        if not open_ and at < len(text) and text[at] != mark[0]:
            return at, open_
    return 0, open_


def _end_of(text: str, mark: str, token: re.Match[str]) -> int:
    """Past the code span, formula or address that begins with `mark`, past `mark` for others; -1 if it is not whole."""
    if mark in CLOSING:
        end = text.find(CLOSING[mark], token.end())
        return end + len(CLOSING[mark]) if end >= 0 else -1
    if mark[0] == "`":
        found = re.compile(f"(?<!`){mark}(?!`)").search(text, token.end())
        return found.end() if found else -1
    if mark in ("](", "<"):
        found = (ADDRESS if mark == "](" else ANGLE).match(text, token.start())
        end = found.end() if found else -1
        if end == len(text):
            return -1
        return end + 1 if text[end] in ")>" else token.start() + 1
    return token.end()


def _open_or_close(open_: list[tuple[str, int]], mark: str, at: int, text: str) -> None:
    if mark[0] == "]":
        while open_ and not open_.pop()[0].endswith("["):
            pass
    elif mark.endswith("["):
        open_.append((mark, at))
    elif open_ and open_[-1][0] == mark and not text[at - 1].isspace():
        open_.pop()
    elif text[at + len(mark) : at + len(mark) + 1].strip():
        open_.append((mark, at))


def _calm(text: str) -> SafeString:
    """As if all that is open were closed here. No delimiter shows, no address, and no formula that still arrives."""
    text = DANGLING.sub("", text)
    closers = ""
    for mark, at in reversed(_balance(text)[1]):
        if mark in ("](", "<") or (mark in CLOSING and len(text) - at < HELD_FORMULA):
            text, closers = text[:at], ""
        elif mark.endswith("["):
            text = text[:at] + text[at + len(mark) :]
        elif mark not in CLOSING:
            text, closers = text.rstrip(), closers + mark
    return inline_to_html(text + closers)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
