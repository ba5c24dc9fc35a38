"""What the page shows of an open block: the parser's tokens as nested levels, the innermost text growing by itself."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from markdown_it.token import Token

from conversations.rendering.cleaning import clean
from conversations.rendering.code import caption, class_of, escaped
from conversations.rendering.halftyped import Prose
from conversations.rendering.html import language_of
from conversations.rendering.markdown import PIECE
from conversations.rendering.open_block import TEXT, OpenBlock, bodies
from conversations.rendering.tail import Level

# Quantifiers are possessive: these are asked again with every delta, and a line may be all spaces.
MARKERS = r"(?:[ ]*+(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t])))*+\s*+(?:\[[\sxX]\]\s++)?+"
# The beginning of a line that may yet become anything: markers alone, the line of a fence, a row.
UNDECIDED = re.compile(
    rf"{MARKERS}(?:[-+*_=~`|:$#\s]*+$|\d{{1,9}}[.)]?$|`{{3}}|~{{3}}|\||\\\[?$|!?\[[\sxX]?\]?\s*+$)",
)
# A definition shows nothing; in the middle of a paragraph it is none.
DEFINITION = re.compile(rf"{MARKERS}\[\^?[^\]]{{1,80}}\]:")
MAY_END_FENCE = re.compile(r"[ ]*+[`~]*+[ \t]*+$")
STRUCTURE = 200  # characters of a line that tell what it begins
PARAGRAPH = '<p dir="auto"'
CONTAINERS = ("bullet_list_open", "ordered_list_open", "list_item_open", "blockquote_open")
TASK_CLASSES = ("contains-task-list", "task-list-item")
TABLE = ('<div class="table" tabindex="0" role="region" aria-label="Table"', "<table")


class Code:
    """Code that still arrives, as a leaf that grows like Prose. The line end at its end waits for the next line."""

    __slots__ = ("_line_end", "pending")

    def __init__(self) -> None:
        self._line_end = ""
        self.pending = ""

    def extend(self, text: str) -> str:
        text = self._line_end + text
        self._line_end = "\n" if text.endswith("\n") else ""
        return escaped(text.removesuffix("\n"))


@dataclass(slots=True)
class Drawing:
    """`levels` begin with the container. The leaf grows with what it has not read yet of the source of its mode."""

    mode: str = ""
    levels: list[Level] = field(default_factory=lambda: [Level("")])
    leaf: Prose | Code | None = None
    lines: int = 0  # of the source that were read completely
    chars: int = 0  # of the incomplete line that were read

    def all_levels(self) -> list[Level]:
        pending = self.leaf.pending if self.leaf else ""
        return [*self.levels, Level("<span", [pending])] if pending else self.levels

    def is_of(self, mode: str, visible: str) -> bool:
        """Whether what was added to the source since can only have made the leaf grow, or nothing was."""
        if mode != self.mode or not mode.startswith("line"):
            return mode == self.mode
        return len(visible) == self.chars or bool(self.leaf and 0 < self.chars < len(visible))

    def read(self, lines: Sequence[str], visible: str) -> str:
        """The HTML that settled inside the leaf, which it now holds. `lines` are those it has not read completely."""
        if self.leaf is None:
            return ""
        text = "\n".join([*lines, visible])[self.chars :]
        self.lines += len(lines)
        self.chars = len(visible)
        settled = self.leaf.extend(text) if text else ""
        if settled:
            self.levels[-1].held.append(settled)
        return settled


def mode_of(block: OpenBlock, partial: str) -> str:
    """What the leaf reads: the lines of a paragraph, the lines of a fence, or the one incomplete line."""
    if block.fence is not None:
        return f"fence {len(block.lines) - len(block.window) + block.fence.start}"
    if block.kind == "paragraph_open":
        is_text = bool(TEXT.match(partial) or UNDECIDED.match(partial)) or not _interrupts_a_paragraph(partial)
    else:
        is_text = not block.lines and TEXT.match(partial) is not None
    return "prose" if is_text else f"line {len(block.lines) - len(block.window) + block.drawn}"


def visible_of(block: OpenBlock, partial: str, mode: str) -> str:
    """What may be shown of the incomplete line."""
    if mode == "prose":
        return partial if TEXT.match(partial) or not UNDECIDED.match(partial) else ""
    if mode.startswith("line"):
        hidden = block.hides_incomplete_line or UNDECIDED.match(partial) or DEFINITION.match(partial)
        return "" if hidden else partial
    fence = block.fence
    if fence is None or MAY_END_FENCE.match(partial):
        return ""
    is_inside = block.kind == "fence" or partial.startswith(" " * fence.indent)
    return fence.dedented(partial) if is_inside else ""


def unread(block: OpenBlock, drawing: Drawing, visible: str) -> list[str]:
    """The complete lines that the leaf has not read to their end."""
    if drawing.mode == "prose":
        may_be_table_head = not visible and bool(block.lines) and block.lines[-1].lstrip().startswith("|")
        return block.lines[drawing.lines : len(block.lines) - may_be_table_head]
    if drawing.mode.startswith("line") or block.fence is None:
        return []
    return [block.fence.dedented(line) for line in block.window[block.fence.start + drawing.lines :]]


def draw(block: OpenBlock, visible: str, mode: str) -> Drawing:
    if mode == "prose":
        drawing = Drawing(mode, [Level(""), Level(PARAGRAPH)], Prose())
    elif mode.startswith("line"):
        source = block.window[: block.drawn] + ([visible] if visible else [])
        drawing = Drawing(mode, *_descend(block, source), chars=len(visible))
        if isinstance(drawing.leaf, Prose):  # the parser takes the spaces away that the next word will need
            drawing.levels[-1].held.append(drawing.leaf.extend(visible[len(visible.rstrip()) :]))
        return drawing
    else:
        drawing = Drawing(mode, *_descend(block, block.window[: block.fence.start if block.fence else 0]))
    drawing.read(unread(block, drawing, visible), visible)
    return drawing


def _interrupts_a_paragraph(line: str) -> bool:
    tokens: list[Token] = []
    PIECE.block.parse(f"x\n{line[:STRUCTURE]}", PIECE, {}, tokens)
    return len(tokens) > 3


def _descend(block: OpenBlock, source: Sequence[str]) -> tuple[list[Level], Prose | Code | None]:
    """The last block and the last block inside it and so on as levels; everything before them is held, as HTML."""
    env: dict[str, Any] = {"arriving": True}
    tokens: Sequence[Token] = PIECE.parse("\n".join(source), env)
    levels = [Level("")]
    while tokens:
        start = _start_of_last(tokens)
        if start:
            levels[-1].held.append(_html(tokens[:start], env))
        last = tokens[start:]
        if last[0].type not in CONTAINERS:
            return levels, _leaf(block, levels, last, env)
        levels.append(_container(last[0], block.outer if len(levels) == 1 else ""))
        if len(levels) == 2:
            levels[-1].held += block.kept
        tokens = last[1:-1]
    return levels, None


def _leaf(block: OpenBlock, levels: list[Level], tokens: Sequence[Token], env: dict[str, Any]) -> Prose | Code | None:
    first = tokens[0]
    match first.type:
        case "paragraph_open" if not first.hidden:
            levels.append(Level(PARAGRAPH))
            return _prose(levels, tokens[1].content)
        case "paragraph_open":
            return _prose(levels, tokens[1].content)
        case "heading_open":
            levels.append(Level(_html(tokens[:1], env).split(">")[0]))
            leaf = _prose(levels, tokens[1].content)
            if leaf.pending:
                levels.append(Level("<span", [leaf.pending]))
        case "fence":
            return _code(levels, first)
        case "table_open":
            html = _html(tokens, env)
            head = html[html.index("<thead>") : html.index("</thead>") + len("</thead>")]
            kept = block.kept if len(levels) == 1 else []
            levels += [Level(TABLE[0]), Level(TABLE[1], [head, *kept, *bodies(html)])]
        case _:
            levels[-1].held.append(_html(tokens, env))
    return None


def _prose(levels: list[Level], content: str) -> Prose:
    leaf = Prose()
    levels[-1].held.append(leaf.extend(content))
    return leaf


def _code(levels: list[Level], fence: Token) -> Code:
    language = language_of(fence.info)
    leaf = Code()
    code = Level(f"<code{class_of(language)}", [leaf.extend(fence.content.removesuffix("\n"))])
    levels += [Level('<figure class="code"', [clean(caption(language))]), Level('<pre tabindex="0"'), code]
    return leaf


def _start_of_last(tokens: Sequence[Token]) -> int:
    at = len(tokens) - 1
    while tokens[at].level > tokens[0].level or tokens[at].nesting < 0 or tokens[at].type == "inline":
        at -= 1
    return at


def _container(token: Token, outer: str) -> Level:
    """Made of nothing but our own words and a number, since an element that stays open cannot be cleaned."""
    classes = f' class="{token.attrs["class"]}"' if token.attrs.get("class") in TASK_CLASSES else ""
    number = re.match(r"\s*(\d+)", outer)
    start = int(number[1]) if number else int(token.attrs.get("start", 1))
    level = Level(f"<{token.tag}{classes}")
    if token.type == "ordered_list_open" and start != 1:
        level.tag += f' start="{start}"'
    if token.type != "list_item_open":
        level.tag += ' dir="auto"'
    elif "checked" in token.meta:
        level.held.append(
            clean(PIECE.renderer.render([token], PIECE.options, {})).partition(">")[2].partition("</li>")[0]
        )
    return level


def _html(tokens: Sequence[Token], env: dict[str, Any]) -> str:
    return clean(PIECE.renderer.render(tokens, PIECE.options, env))
