"""An answer that still arrives, as HTML: settled blocks, sent once, and a tail that grows, at a cost of what is new.

    settled   whole blocks, rendered as `to_html` renders them; never changes
    tail      the open block, drawn for the eye (drawing.py) until it can be rendered

Both depend on the text alone, not on the pieces in which it came. Decisions are made in open_block.py.
"""

from dataclasses import dataclass

from django.utils.safestring import SafeString

from conversations.rendering.drawing import Drawing, draw, mode_of, unread, visible_of
from conversations.rendering.markdown import LONGEST, piece_to_html, tidy, to_html
from conversations.rendering.open_block import OpenBlock
from conversations.rendering.tail import Step, drawn, step_between

NOTHING = SafeString("")
HEAVY = 8 * 1024  # characters of an open block; to draw or close a longer one may take more than 50 ms


@dataclass(frozen=True, slots=True)
class Growth:
    """What new text does to the page, in this order.

    closed: append to the settled container
    tail: the new content of the tail container, or None
    dropped: the number of the level of the tail that goes away, or 0
    grown: append to level `into` of the tail (`{prefix}-grow-{into}`; 0 is the tail container itself)
    """

    closed: SafeString = NOTHING
    tail: SafeString | None = None
    dropped: int = 0
    grown: SafeString = NOTHING
    into: int = 0


class MarkdownStream:
    def __init__(self, id_prefix: str) -> None:
        self._prefix = id_prefix
        self._pieces: list[str] = []
        self._settled: list[str] = []
        self._looks_forward = False
        self._held = ""  # a carriage return whose line feed may follow
        self._partial = ""
        self._block = OpenBlock()
        self._drawing = Drawing()
        self._chars = 0
        self._open_chars = 0

    @property
    def is_heavy(self) -> bool:
        """Whether the next piece may take long. A fence may not: it grows line by line and has limits of its own."""
        return self._open_chars > HEAVY and self._block.fence is None

    @property
    def settled(self) -> SafeString:
        return SafeString("".join(self._settled))

    @property
    def tail(self) -> SafeString:
        container, *levels = self._drawing.all_levels()
        return SafeString(container.html() + drawn(levels, self._prefix))

    def feed(self, text: str) -> Growth:
        """Beyond LONGEST nothing more shows until the answer is whole."""
        self._pieces.append(text)
        text = text[: LONGEST - self._chars]
        if not text:
            return Growth()
        self._chars += len(text)
        self._open_chars += len(text)
        *lines, self._partial = (self._partial + self._arrived(text)).split("\n")
        before = len(self._settled)
        for line in lines:
            self._settle_before(line)
            self._settle(self._block.end_line(line))
        self._settle_before(self._partial)
        closed = self._settled[before:]
        if closed:
            self._drawing = Drawing()
            self._open_chars = sum(map(len, self._block.lines)) + len(self._partial)
        step = self._draw()
        if closed:
            return Growth(SafeString("".join(closed)), self.tail)
        if step is None:
            return Growth(tail=self.tail)
        return Growth(dropped=step.dropped, grown=SafeString(step.html), into=step.into)

    def finish(self, text: str) -> SafeString:
        """`text` exactly as `to_html` renders it. Where what was fed is its beginning, at the cost of what is open."""
        fed = "".join(self._pieces)
        if not self._looks_forward and len(text) < LONGEST and text.startswith(fed):
            open_lines = "\n".join([*self._block.lines, self._partial])
            html, looks_forward = piece_to_html(open_lines + tidy(self._held + text[len(fed) :]))
            if not looks_forward:
                return SafeString(self.settled + html)
        return to_html(text, id_prefix=self._prefix)

    def _arrived(self, text: str) -> str:
        text = tidy(self._held + text)
        self._held = "\r" if text.endswith("\r") else ""
        if "\r" in text:
            text = text.removesuffix("\r").replace("\r\n", "\n").replace("\r", "\n")
        return text

    def _settle_before(self, line: str) -> None:
        if self._block.ends_before(line):
            self._settle(len(self._block.lines))

    def _settle(self, lines: int) -> None:
        if not lines:
            return
        html, looks_forward = piece_to_html(self._block.take(lines))
        self._settled.append(html)
        self._looks_forward = self._looks_forward or looks_forward
        if not self._block.lines:
            self._block = OpenBlock()

    def _draw(self) -> Step | None:
        """Brings the drawing up to date and says what that changed. None: draw the tail anew."""
        block, drawing = self._block, self._drawing
        mode = mode_of(block, self._partial)
        visible = visible_of(block, self._partial, mode)
        old = drawing.all_levels()
        if not drawing.is_of(mode, visible):
            self._drawing = draw(block, visible, mode)
            return step_between(old, self._drawing.all_levels(), self._prefix)
        depth = len(drawing.levels)
        pending = old[depth].html() if len(old) > depth else ""
        settled = drawing.read(unread(block, drawing, visible), visible)
        now = drawing.leaf.pending if drawing.leaf else ""
        if not settled and now == pending:
            return Step(0, 0, "")
        tail = drawn(drawing.all_levels()[depth:], self._prefix, outer=depth)
        return Step(depth if pending else 0, depth - 1, settled + tail)
