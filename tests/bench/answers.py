"""What the upstream answers: Markdown as Claude writes it, cut into deltas of five characters.

A *mark* is a word such as `h0k7`, unique in its answer and never cut by the end of a delta. Wherever a mark appears in
a frame, its delta has arrived, however the page was rendered.
"""

import html
import random
import re
from dataclasses import dataclass
from functools import cache
from itertools import count

DELTA_LENGTH = 5
MARK = re.compile(r"\b[g-z]\d[g-z]\d\b")
WORDS: list[str] = re.findall(
    r"\w+",
    """
    water light river stone paper winter market garden bridge letter window summer number history question reason
    because between through against without nothing another morning evening the of and to in that is was for on
    with as are this have from or had by but some what there we can out other were all your when up use how said
    each she often small large early quiet café naïve costs
    """,
)
INLINE = (" **{} {}**", " `{}_{}`", " [{}](https://example.com/{})", " — {} {}")
LETTERS = "ghijklmnopqrstuvwxyz"
MARK_EVERY = 16  # characters of other words between two marks, about
TAIL_LENGTH = 800  # characters of plain words at the end, which can be cut anywhere


@dataclass(frozen=True, slots=True)
class Question:
    """What a client asks for. Its text is the question itself, so it passes unchanged through any server."""

    key: int
    kind: str  # prose, fence, list
    length: int  # characters
    per_second: int  # deltas

    @property
    def text(self) -> str:
        return f"bench-{self.key}-{self.kind}-{self.length}-{self.per_second}"

    @classmethod
    def last_in(cls, request: str) -> "Question | None":
        found = re.findall(r"bench-(\d+)-(prose|fence|list)-(\d+)-(\d+)", request)
        if not found:
            return None
        key, kind, length, per_second = found[-1]
        return cls(int(key), kind, int(length), int(per_second))

    @property
    def answer(self) -> str:
        return compose(self.kind, self.length)


@cache
def compose(kind: str, length: int) -> str:
    """An answer of exactly so many characters, the same for everybody."""
    return _Composer().compose(kind, length)


def deltas(answer: str) -> list[str]:
    return [answer[start : start + DELTA_LENGTH] for start in range(0, len(answer), DELTA_LENGTH)]


@cache
def marks(answer: str) -> dict[str, int]:
    """Each mark with the number of the delta that carries it, in order."""
    return {found[0]: found.start() // DELTA_LENGTH for found in MARK.finditer(answer)}


def words_of_markdown(answer: str) -> list[str]:
    """The words that a reader of the rendered answer must see."""
    return re.findall(r"\w+", re.sub(r"```\w*|\]\([^)]*\)", " ", answer))


def words_of_html(page: str) -> list[str]:
    """The words that somebody sees on a page; a template, which holds the source for Copy, shows nothing."""
    visible = re.sub(r"<template\b.*?</template>", " ", page, flags=re.DOTALL)
    inline_joined = re.sub(r"</?(?:span|strong|em|code|a)\b[^>]*>", "", visible)
    return re.findall(r"\w+", html.unescape(re.sub(r"<[^>]*>", " ", inline_joined)))


def missing_words(expected: list[str], seen: list[str]) -> int:
    """How many words are left over when the expected ones are looked for in order; others between them do no harm."""
    rest = iter(seen)
    for number, word in enumerate(expected):
        if word not in rest:
            return len(expected) - number
    return 0


class _Composer:
    def __init__(self) -> None:
        self.text = ""
        self._random = random.Random(7)
        self._marks = (f"{a}{m}{b}{n}" for a in LETTERS for m in range(10) for b in LETTERS for n in range(10))
        self._since_mark = MARK_EVERY

    def compose(self, kind: str, length: int) -> str:
        blocks = {"prose": self._prose, "fence": self._fence, "list": self._list}
        return blocks[kind](length)

    def _prose(self, length: int) -> str:
        for number in count(1):
            if len(self.text) > length - TAIL_LENGTH:
                break
            self._paragraph()
            if number % 3 == 2:
                self._items()
            if number % 4 == 3:
                self._code_block(lines=6)
            if number % 5 == 4:
                self.text += f"## What the {self._word()} says\n\n"
        return self._filled_with_words(length)

    def _fence(self, length: int) -> str:
        self._words(6)
        self.text += "\n\n```python\n"
        while len(self.text) < length:
            self._code_line()
        return self.text[: length - 4].rstrip().ljust(length - 4, "#") + "\n```"

    def _list(self, length: int) -> str:
        self._words(6)
        self.text += "\n\n"
        while len(self.text) < length:
            self._item()
        return self._ended(length)

    def _filled_with_words(self, length: int) -> str:
        while len(self.text) < length:
            self._words(40)
            self.text += "\n\n"
        return self._ended(length)

    def _ended(self, length: int) -> str:
        return self.text[: length - 1].rstrip().ljust(length, ".")

    def _paragraph(self) -> None:
        for _ in range(3):
            self._words(self._random.randint(6, 14))
            self.text += self._random.choice(INLINE).format(self._word(), self._word())
            self._words(self._random.randint(3, 8))
            self.text += ". "
        self.text = self.text.rstrip() + "\n\n"

    def _items(self) -> None:
        for _ in range(4):
            self._item()
        self.text += "\n"

    def _item(self) -> None:
        self.text += f"- **{self._word()}**:"
        self._words(self._random.randint(6, 12))
        self.text += "\n"

    def _code_block(self, lines: int) -> None:
        self.text += "```python\n"
        for _ in range(lines):
            self._code_line()
        self.text += "```\n\n"

    def _code_line(self) -> None:
        first, second = self._random.sample(("total", "price", "parcel", "weight", "count"), 2)
        self.text += f'{first} = weigh({second}, "{self._random.choice(WORDS)}", {self._random.randint(1, 99)})  #'
        self._mark()
        self.text += "\n"

    def _words(self, number: int) -> None:
        for _ in range(number):
            if self._since_mark >= MARK_EVERY:
                self._mark()
            else:
                self._append(self._word())

    def _word(self) -> str:
        return self._random.choice(WORDS)

    def _mark(self) -> None:
        position = (len(self.text) + self._gap) % DELTA_LENGTH
        if position > 1:  # four characters no longer fit into this delta: one small word moves on to the next
            self._append("a" if position > 2 else "an")
        self._append(next(self._marks))
        self._since_mark = 0

    @property
    def _gap(self) -> int:
        return 0 if not self.text or self.text[-1] in " \n" else 1

    def _append(self, word: str) -> None:
        self.text += " " * self._gap + word
        self._since_mark += len(word) + 1
