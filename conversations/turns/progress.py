"""What an answer is so far: pure, fed by events, read by the flusher and by finish."""

import json
from dataclasses import dataclass, replace
from typing import assert_never

from conversations.claude.errors import ClaudeError
from conversations.claude.events import (
    AllowanceTold,
    AnswerBegan,
    AnswerEnded,
    AttemptEnded,
    Block,
    BlockBegan,
    BlockEnded,
    Event,
    Refused,
    RetryBegins,
    RetryWaits,
    TextArrived,
    ThinkingArrived,
)
from conversations.models import TurnStatus
from conversations.models.turns import BLOCK, CITATIONS, THOUGHT

# Stop reasons of an answer that Claude had not ended by itself; they stay on the message as its reason.
TOOL_LIMIT = "tool_limit"  # ours: Claude went on asking for tools
CUT_OFF = frozenset({"max_tokens", "model_context_window_exceeded", TOOL_LIMIT})
WORDS = ("text", "thinking")


@dataclass(frozen=True, slots=True)
class Piece:
    """New text of one block: a row of the journal."""

    index: int
    kind: str  # text, thinking, CITATIONS, THOUGHT or BLOCK
    text: str


class Progress:
    """The blocks of all requests of the turn, in one row: those of the running one begin at `first_block`."""

    def __init__(self) -> None:
        self.began: AnswerBegan | None = None
        self.unbooked: list[AttemptEnded] = []  # those of the ended attempts that are not in the ledger yet
        self.refused: Refused | None = None
        self.waits: RetryWaits | None = None  # the newest, until the answer begins
        self.stop_reason = ""
        self.container_id = ""
        self.has_broken_input = False  # whether a tool's input did not arrive whole in the running request
        self.first_block = 0
        self.error: ClaudeError | None = None
        self.is_stopped = False
        self._blocks: dict[int, Block] = {}
        self._arrived: dict[int, list[str]] = {}
        self._thought_ms: dict[int, int] = {}  # how long each block of thinking took that can be read
        self._news: list[Piece] = []

    def apply(self, event: Event) -> None:
        match event:
            case TextArrived(index=index, text=text):
                self._arrive(Piece(self.first_block + index, "text", text))
            case ThinkingArrived(index=index, text=text):
                self._arrive(Piece(self.first_block + index, "thinking", text))
            case BlockBegan(index=index, block=block):
                self._blocks[self.first_block + index] = block
            case BlockEnded(index=index, block=block, took_ms=took_ms):
                self.add(self.first_block + index, block)
                self._note_thought(self.first_block + index, block, took_ms)
            case RetryBegins() | AllowanceTold():
                pass  # of what the answer is, it tells nothing
            case AttemptEnded():
                self.unbooked.append(event)
                self.has_broken_input = "tool_input_incomplete" in event.facts
            case _:
                self._note(event)

    def _note(self, event: AnswerBegan | Refused | RetryWaits | AnswerEnded) -> None:
        match event:
            case AnswerBegan():
                self.began = event
                self.refused = None  # another model answers
            case Refused():
                self.refused = event
            case RetryWaits():
                self.waits = event
            case AnswerEnded():
                self.stop_reason = event.stop_reason
                self.container_id = event.container_id
            case _:
                assert_never(event)

    def _note_thought(self, index: int, block: Block, took_ms: int) -> None:
        if block.get("type") == "thinking" and index in self._arrived:
            self._thought_ms[index] = took_ms
            self._news.append(Piece(index, THOUGHT, str(took_ms)))

    def begin_request(self) -> None:
        """What comes from here on belongs to the next request of the turn, or to the tools before it."""
        self.first_block = max(self._blocks, default=-1) + 1
        self.stop_reason = ""

    def add(self, index: int, block: Block) -> None:
        """A block that is whole. What arrived of it word by word is news already."""
        self._blocks[index] = block
        if block.get("type") not in WORDS:
            self._news.append(Piece(index, BLOCK, json.dumps(block)))
            return
        for citation in block.get("citations") or ():
            self._news.append(Piece(index, CITATIONS, f"{json.dumps(citation)}\n"))

    @property
    def said(self) -> list[Block]:
        """The blocks of the running request, exactly as Claude sent them."""
        return [self._whole(index) for index in sorted(self._blocks) if index >= self.first_block]

    def _arrive(self, piece: Piece) -> None:
        self._arrived.setdefault(piece.index, []).append(piece.text)
        self._news.append(piece)

    @property
    def has_news(self) -> bool:
        return bool(self._news)

    def take_news(self, most_chars: int) -> list[Piece]:
        """What arrived since the last call, the pieces of one block joined; at most so many characters."""
        joined: dict[tuple[int, str], list[str]] = {}
        for piece in self._cut_news(most_chars):
            joined.setdefault((piece.index, piece.kind), []).append(piece.text)
        return [Piece(index, kind, "".join(texts)) for (index, kind), texts in joined.items()]

    def _cut_news(self, most_chars: int) -> list[Piece]:
        for at, piece in enumerate(self._news):
            if piece.kind in WORDS and len(piece.text) > most_chars:
                taken = [*self._news[:at], replace(piece, text=piece.text[:most_chars])]
                self._news = [replace(piece, text=piece.text[most_chars:]), *self._news[at + 1 :]]
                return taken
            most_chars -= len(piece.text) if piece.kind in WORDS else 0
        news, self._news = self._news, []
        return news

    @property
    def content(self) -> list[Block]:
        """The blocks in order, thinking with its time. One that did not end is kept with what had arrived of it."""
        return [self._timed(index) for index in sorted(self._blocks)]

    def _timed(self, index: int) -> Block:
        block, took_ms = self._whole(index), self._thought_ms.get(index)
        return block if took_ms is None else {**block, "duration_ms": took_ms}

    def _whole(self, index: int) -> Block:
        block = self._blocks[index]
        kind = block.get("type")
        if kind in WORDS and not block.get(kind):
            return {**block, kind: "".join(self._arrived.get(index, ()))}
        return block

    @property
    def status(self) -> TurnStatus:
        """How the turn ended; asked when no event comes any more."""
        if self.refused:
            return TurnStatus.REFUSED
        if self.stop_reason:
            return TurnStatus.COMPLETE
        return TurnStatus.STOPPED if self.is_stopped and not self.error else TurnStatus.FAILED

    @property
    def reason(self) -> str:
        """The stable word for the cause; "" for an answer that Claude ended by itself."""
        match self.status:
            case TurnStatus.REFUSED:
                return "refusal"
            case TurnStatus.COMPLETE:
                return self.stop_reason if self.stop_reason in CUT_OFF else ""
            case TurnStatus.STOPPED:
                return "stopped"
            case _:
                return self.error.reason if self.error else "interrupted"
