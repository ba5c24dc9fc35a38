"""What an answer is so far: pure, fed by events, read by the flusher and by finish."""

from dataclasses import dataclass
from typing import assert_never

from conversations.claude.errors import ClaudeError
from conversations.claude.events import (
    AnswerBegan,
    AnswerEnded,
    AttemptEnded,
    Block,
    BlockBegan,
    BlockEnded,
    Event,
    Refused,
    RetryWaits,
    TextArrived,
    ThinkingArrived,
)
from conversations.models import TurnStatus

# Stop reasons of an answer that Claude had not ended by itself; they stay on the message as its reason.
CUT_OFF = frozenset({"max_tokens", "model_context_window_exceeded"})


@dataclass(frozen=True, slots=True)
class Piece:
    """New text of one block: a row of the journal."""

    index: int
    kind: str  # text or thinking
    text: str


class Progress:
    def __init__(self) -> None:
        self.began: AnswerBegan | None = None
        self.attempts: list[AttemptEnded] = []
        self.refused: Refused | None = None
        self.waits: RetryWaits | None = None  # the newest, until the answer begins
        self.stop_reason = ""
        self.error: ClaudeError | None = None
        self.is_stopped = False
        self._blocks: dict[int, Block] = {}
        self._arrived: dict[int, list[str]] = {}
        self._news: list[Piece] = []

    def apply(self, event: Event) -> None:
        match event:
            case TextArrived(index=index, text=text):
                self._arrive(Piece(index, "text", text))
            case ThinkingArrived(index=index, text=text):
                self._arrive(Piece(index, "thinking", text))
            case BlockBegan(index=index, block=block) | BlockEnded(index=index, block=block):
                self._blocks[index] = block
            case AttemptEnded():
                self.attempts.append(event)
            case _:
                self._note(event)

    def _note(self, event: AnswerBegan | Refused | RetryWaits | AnswerEnded) -> None:
        match event:
            case AnswerBegan():
                self.began = event
            case Refused():
                self.refused = event
            case RetryWaits():
                self.waits = event
            case AnswerEnded(stop_reason=stop_reason):
                self.stop_reason = stop_reason
            case _:
                assert_never(event)

    def _arrive(self, piece: Piece) -> None:
        self._arrived.setdefault(piece.index, []).append(piece.text)
        self._news.append(piece)

    @property
    def has_news(self) -> bool:
        return bool(self._news)

    def take_news(self) -> list[Piece]:
        """What arrived since the last call, the pieces of one block joined."""
        news, self._news = self._news, []
        joined: dict[tuple[int, str], list[str]] = {}
        for piece in news:
            joined.setdefault((piece.index, piece.kind), []).append(piece.text)
        return [Piece(index, kind, "".join(texts)) for (index, kind), texts in joined.items()]

    @property
    def content(self) -> list[Block]:
        """The blocks in order. One that did not end is kept with what had arrived of it."""
        return [self._whole(index) for index in sorted(self._blocks)]

    def _whole(self, index: int) -> Block:
        block = self._blocks[index]
        kind = block.get("type")
        if kind in ("text", "thinking") and not block.get(kind):
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
