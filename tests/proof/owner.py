"""A worker's side of one turn, step by step: what the runner and the flusher do, without their loops."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from conversations.announce.thread import new_message
from conversations.claude.errors import ClaudeError
from conversations.claude.events import (
    AnswerBegan,
    AnswerEnded,
    AttemptEnded,
    BlockBegan,
    Refused,
    RetryBegins,
    RetryWaits,
    TextArrived,
    TokenCounts,
)
from conversations.claude.failures import failure
from conversations.models import Turn, TurnStatus
from conversations.turns.finish import Ending, end, tell
from conversations.turns.flush import SLICE_CHARS, Batch, save
from conversations.turns.live import LiveTurn
from conversations.turns.progress import Piece
from conversations.turns.waits import begin_wait, end_wait, wait_in_line
from tests.turns.conversing import MODEL

TOKENS = TokenCounts(input=12, output=1)
OTHER = "claude-sonnet-5"
STOP_REASONS = {TurnStatus.COMPLETE: "end_turn", TurnStatus.REFUSED: "refusal"}


@dataclass(eq=False)
class Owner:
    """Who claimed the turn. It may have lost it since, and does not know."""

    live: LiveTurn
    person_id: int
    text: str = ""
    has_saved: bool = False
    number: int = 1  # of the attempt that is on its way
    model: str = MODEL  # who is asked

    @classmethod
    def of(cls, turn_id: int, fence: int) -> "Owner":
        turn = Turn.objects.select_related("answer").get(pk=turn_id)
        live = LiveTurn(turn_id, fence, turn.conversation_id, new_message(turn.answer), first_attempt=turn.attempt)
        return cls(live, turn.asked_by_id, number=turn.attempt)

    @property
    def turn_id(self) -> int:
        return self.live.turn_id

    @property
    def fence(self) -> int:
        return self.live.fence

    @property
    def conversation_id(self) -> UUID:
        return self.live.conversation_id

    def hear(self, words: str) -> None:
        """Words of Claude arrive here; nobody else knows of them yet."""
        progress = self.live.progress
        if progress.began is None:
            progress.apply(AnswerBegan("msg", self.model, TOKENS, self._request_id))
            progress.apply(BlockBegan(0, {"type": "text", "text": ""}))
        progress.apply(TextArrived(0, words))
        self.text += words

    def tick(self, show: Callable[[int, list[Piece]], None] = lambda revision, news: None) -> bool:
        """Whether what arrived went to the journal, which it does while the turn is ours; then it is shown."""
        live, news = self.live, self.live.progress.take_news(SLICE_CHARS)
        revision = save([Batch(live, news, live.journaled, is_first=not self.has_saved)]).get(live.turn_id)
        live.journaled += len(news)
        if revision is None:
            return False
        self.has_saved = True
        show(revision, news)
        return True

    def ask_another(self) -> bool:
        """Claude is overloaded, and another model is asked. Whether that may be: not when the turn is lost."""
        live, waits = self.live, RetryWaits(self.number, 0, "overloaded", next_model=OTHER)
        live.progress.apply(self._ended(reason="overloaded"))
        live.progress.apply(waits)
        begin_wait(live, waits)
        self.number, self.model = self.number + 1, OTHER
        try:
            end_wait(live, RetryBegins(self.number))
        except Turn.DoesNotExist:
            return False
        return True

    def go_back(self) -> bool:
        """Claude was asked too much before it said anything. Whether the turn stands in the line again."""
        self.live.progress.apply(self._ended(reason="rate_limited"))
        try:
            return wait_in_line(self.live, failure("rate_limited", retry_after_s=0))
        except Turn.DoesNotExist:
            return False

    def end(self, status: TurnStatus) -> bool:
        """Whether the turn took this end from us."""
        progress = self.live.progress
        if status == TurnStatus.REFUSED:
            progress.apply(Refused("cyber", None, after_text=bool(self.text)))
        progress.apply(self._ended(stop_reason=STOP_REASONS.get(status, "")))
        match status:
            case TurnStatus.COMPLETE | TurnStatus.REFUSED:
                progress.apply(AnswerEnded(STOP_REASONS[status]))
            case TurnStatus.STOPPED:
                progress.is_stopped = True
            case _:
                progress.error = ClaudeError("connection_lost", "Retry.")
        ended = end(self.turn_id, Ending.of(progress), fence=self.fence, person_id=self.person_id)
        if ended:
            tell(ended, self.live.streams)
        return ended is not None

    @property
    def _request_id(self) -> str:
        return f"req_{self.turn_id}_{self.number}"

    def _ended(self, *, stop_reason: str = "", reason: str = "") -> AttemptEnded:
        has_begun = not reason
        return AttemptEnded(
            number=self.number,
            began_at=timezone.now(),
            asked_model=self.model,
            answered_model=self.model if has_begun else "",
            request_id=self._request_id,
            tokens=TOKENS if has_begun else TokenCounts(),
            stop_reason=stop_reason,
            first_token_ms=None,
            duration_ms=1,
            billed=has_begun,
            estimated=has_begun and not stop_reason,
            reason=reason,
            facts={"retry_after_s": 0} if reason == "rate_limited" else {},
        )
