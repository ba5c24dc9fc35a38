"""What should be: turns as a plain description, without rows, locks or time."""

from dataclasses import dataclass, field
from uuid import UUID

from conversations.models import TurnStatus

ACTIVE = (TurnStatus.QUEUED, TurnStatus.RUNNING)


@dataclass(eq=False)
class ExpectedTurn:
    """One turn. It ends once, by whoever holds its fence; `shown` is what people have seen of its answer."""

    pk: int
    conversation: UUID
    status: str = TurnStatus.QUEUED
    fence: int = 0
    has_lapsed: bool = False
    is_to_stop: bool = False
    has_begun: bool = False  # whether anything of the answer is known to the rows
    shown: str = ""
    text: str = ""  # once it has ended
    attempts: int = 0  # requests to Claude that are booked

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    def claim(self) -> None:
        assert self.status == TurnStatus.QUEUED
        self.status, self.fence = TurnStatus.RUNNING, self.fence + 1

    def take_over(self) -> None:
        self.fence, self.has_lapsed = self.fence + 1, False

    def show(self, words: str) -> None:
        self.has_begun, self.shown = True, self.shown + words

    def ask_another(self) -> None:
        self.attempts += 1

    def go_back(self) -> None:
        self.attempts += 1
        self.status, self.fence, self.has_lapsed = TurnStatus.QUEUED, self.fence + 1, False

    def end(self, status: str, text: str) -> None:
        """The last attempt is booked with the end."""
        assert self.is_active
        assert text.startswith(self.shown)
        self.attempts += self.status == TurnStatus.RUNNING
        self.status, self.text = status, text

    def close(self) -> None:
        """Nobody knows more than what was shown."""
        self.end(TurnStatus.FAILED, self.shown)


@dataclass
class Expected:
    """All turns that there are, and those that were deleted with their conversation."""

    turns: dict[int, ExpectedTurn] = field(default_factory=dict)
    deleted: dict[int, ExpectedTurn] = field(default_factory=dict)

    def of(self, conversation: UUID) -> list[ExpectedTurn]:
        return [turn for turn in self.turns.values() if turn.conversation == conversation]

    def is_busy(self, conversation: UUID) -> bool:
        return any(turn.is_active for turn in self.of(conversation))

    def queued(self) -> set[int]:
        return {turn.pk for turn in self.turns.values() if turn.status == TurnStatus.QUEUED}

    def running(self) -> list[ExpectedTurn]:
        return [turn for turn in self.turns.values() if turn.status == TurnStatus.RUNNING]

    def stale(self) -> list[ExpectedTurn]:
        return [turn for turn in self.running() if turn.has_lapsed]

    def delete(self, conversation: UUID) -> None:
        for turn in self.of(conversation):
            self.deleted[turn.pk] = self.turns.pop(turn.pk)
