"""The lines since the last settled block, and where the next block may be settled.

The parser decides, but it sees little: most lines cannot begin a block, so it is not asked about them, and of a list
or table that grows it sees only the last item or rows. Every decision is made when a line is complete, from complete
lines alone, so that it does not matter in which pieces they came. The rule that makes a decision final: the first line
of a block must be complete before the block in front of it is closed (a lone "*" may yet become a word in asterisks).
"""

import re
from dataclasses import dataclass, field

from markdown_it.token import Token

from conversations.rendering.markdown import PIECE, draft_to_html

# What the parser has in sight, in characters: beyond BIG the block is drawn again only when a sixteenth was added,
# beyond four times BIG the parser is asked again only then.
BIG = 1024
LINE = 16  # characters that the parser could read in the time that a new line takes
ROWS = 3  # of a table that the parser sees at once

# A line that begins like this is text wherever it stands: it opens no block and ends none.
TEXT = re.compile(r"[^\s\d#>\-+*_=~`|$\\\[:]|\*{1,3}[^\s*]|_{1,3}[^\s_]|`{1,2}[^`]|\$[^\s$]|~~[^~]")
ROW = re.compile(rf"\||{TEXT.pattern}")
CONTINUES = {
    "paragraph_open": TEXT,
    "table_open": ROW,
    "blockquote_open": re.compile(r" {0,3}>"),
    "code_block": re.compile(r" {4}|\t|[ \t]*$"),
    "footnote_reference_open": re.compile(r" {4}|\t|[ \t]*$"),
}
LISTS = ("bullet_list_open", "ordered_list_open")
OUTLASTS_BLANK = (*LISTS, "code_block", "footnote_reference_open")
# After a blank line, these at the margin end whatever outlasts blank lines, as soon as they are seen.
AT_THE_MARGIN = re.compile(r"[^\s\d\-+*]|[*\-+]{1,3}[^\s*\-+]|\d{1,9}(?:[^\d.)]|[.)]\S)")
ITEM = re.compile(r" {0,3}(?:[-+*]|\d{1,9}[.)]) {1,4}(?=[^ \t])")
FENCE = re.compile(r"( *)(`{3,}(?=[^`]*$)|~{3,})")
TABLE_ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Fence:
    start: int  # index in the window of the first line of code
    indent: int
    mark: str
    end_indent: int  # spaces that the closing line may have at most

    def ends_with(self, line: str) -> bool:
        text = line.lstrip(" ")
        if len(line) - len(text) > self.end_indent:
            return False
        text = text.rstrip(" \t")
        return len(text) >= len(self.mark) and not text.strip(self.mark[0])

    def dedented(self, line: str) -> str:
        return line[min(self.indent, len(line) - len(line.lstrip(" "))) :]


@dataclass(slots=True)
class OpenBlock:
    lines: list[str] = field(default_factory=list)
    window: list[str] = field(default_factory=list)  # the part of `lines` that the parser still has to see
    kept: list[str] = field(default_factory=list)  # the HTML of the items or rows in front of the window
    outer: str = ""  # the first line of the list whose items are kept
    kind: str = ""  # the parser's name for the last block
    fence: Fence | None = None
    drawn: int = 0  # how many lines of the window are to be shown
    _item_indent: int = 0
    _size: int = 0
    _draw_at: int = 0
    _is_abridged: bool = False  # the window begins in the middle of a paragraph
    _ask_at: int = 0

    def end_line(self, line: str) -> int:
        """Takes a complete line. How many of `lines` are settled now."""
        if not self.lines and not line.strip(" \t"):
            return 0
        self.lines.append(line)
        self.window.append(line)
        self._size += len(line) + LINE
        settled = self._in_fence(line)
        if settled is None:
            settled = self._settled_by(line)
        self._shorten()
        if self._size - len(line) - LINE <= BIG or self._size >= self._draw_at:
            self._draw_all()
        return settled

    @property
    def hides_incomplete_line(self) -> bool:
        return self._size > BIG or self.kind == "table_open" or self._is_abridged

    def ends_before(self, beginning: str) -> bool:
        """Whether the beginning of the next line already tells that all lines are settled."""
        return (
            self.kind in OUTLASTS_BLANK
            and not self.lines[-1].strip(" \t")
            and AT_THE_MARGIN.match(beginning) is not None
        )

    def take(self, count: int) -> str:
        """The source of the settled lines; they are gone afterwards."""
        source = "\n".join(self.lines[:count]) + "\n"
        self.lines = self.lines[count:]
        return source

    def _draw_all(self) -> None:
        self.drawn = len(self.window)
        self._draw_at = self._size + self._size // 16

    def _in_fence(self, line: str) -> int | None:
        """None: the line is not inside a fence."""
        if self.fence is None:
            return None
        if self.fence.ends_with(line):
            self.fence = None
            self._draw_all()
            return len(self.lines) if self.kind == "fence" else 0
        blank = not line.strip(" \t")
        if self.kind == "fence" or blank or line.startswith(" " * self.fence.indent):
            return 0
        self.fence = None
        self._draw_all()
        return None

    def _settled_by(self, line: str) -> int:
        if self._continues(line):
            return 0
        if self.kind == "paragraph_open" and not line.strip(" \t"):
            return len(self.lines)
        return self._ask_the_parser(line)

    def _continues(self, line: str) -> bool:
        if self.kind in LISTS:
            return self._continues_list(line)
        if not self.kind:
            if len(self.lines) > 1 or TEXT.match(line) is None:
                return False
            self.kind = "paragraph_open"
            return True
        pattern = CONTINUES.get(self.kind)
        return pattern is not None and pattern.match(line) is not None

    def _continues_list(self, line: str) -> bool:
        if not line.strip(" \t"):
            return True
        if not self._item_indent or not line.startswith(" " * self._item_indent):
            return False
        if opening := FENCE.match(line):
            self.fence = Fence(len(self.window), len(opening[1]), opening[2], len(opening[1]) + 3)
        return True

    def _ask_the_parser(self, line: str) -> int:
        if self._size > 4 * BIG and self._size < self._ask_at:
            self.kind = "unknown"
            return 0
        self._ask_at = self._size + self._size // 16
        tokens: list[Token] = []
        PIECE.block.parse("\n".join(self.window), PIECE, {}, tokens)
        blocks = [token for token in tokens if token.level == 0 and token.nesting >= 0 and token.map]
        blank = not line.strip(" \t")
        if not blocks:
            return len(self.lines) if blank else 0
        last = blocks[-1]
        self.kind = last.type
        if _is_over(last, blank=blank):
            return len(self.lines)
        return self._cut_before(last, tokens)

    def _cut_before(self, last: Token, tokens: list[Token]) -> int:
        start = (last.map or [0])[0]
        settled = len(self.lines) - len(self.window) + start if start else 0
        if start:
            self._look_from(start)
            self.kept, self.outer = [], ""
        if self.kind in LISTS:
            items = [
                token.map[0] for token in tokens if token.type == "list_item_open" and token.level == 1 and token.map
            ]
            self._keep_items(items[-1] - start)
        elif self.kind == "fence" and (opening := FENCE.match(self.window[0])):
            self.fence = Fence(1, len(opening[1]), opening[2], 3)
            if any(map(self.fence.ends_with, self.window[1:])):
                return len(self.lines)
        return settled

    def _look_from(self, line: int) -> None:
        self.window = self.window[line:]
        self._size = sum(map(len, self.window)) + LINE * len(self.window)
        self._draw_at = 0

    def _keep_items(self, last_item: int) -> None:
        if last_item:
            html = draft_to_html("\n".join(self.window[:last_item]))
            self.outer = self.outer or self.window[0]
            self.kept.append(html[html.index(">") + 1 : html.rindex("</")].lstrip("\n"))
            self._look_from(last_item)
        item = ITEM.match(self.window[0])
        self._item_indent = item.end() if item else 0

    def _shorten(self) -> None:
        """The parser need not see the beginning of a paragraph, nor the rows of a table again."""
        if self.kind == "table_open" and len(self.window) > 2 + ROWS:
            self.kept += bodies(draft_to_html("\n".join(self.window[:-1])))
            self.window[2:-1] = []
            self._look_from(0)
        elif self.kind == "paragraph_open" and len(self.window) > ROWS:
            self.window[:-1] = ["x"]
            self._is_abridged = True
            self._look_from(0)


def bodies(table: str) -> list[str]:
    """Each row of a rendered table in a body of its own, as it can be appended to the table of a page."""
    rows = table[table.index("</thead>") :]
    return [f"<tbody>{row}</tbody>" for row in TABLE_ROW.findall(rows)]


def _is_over(block: Token, *, blank: bool) -> bool:
    if block.type in ("heading_open", "hr"):
        return True
    if block.type == "math_block":
        return blank or bool(block.meta["closed"])
    return blank and block.type not in (*OUTLASTS_BLANK, "fence")
