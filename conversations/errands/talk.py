"""What an errand is told of a chat: the last question and its answer, as far as it needs them."""

from dataclasses import dataclass
from typing import Self
from uuid import UUID

from conversations.models import Turn, TurnStatus

MOST_CHARS = 3000  # of each: enough to know what it is about, and never a large bill


@dataclass(frozen=True, slots=True)
class Talk:
    """A question that was answered."""

    conversation_id: UUID
    person_id: int
    answer_id: int
    question: str
    answer: str

    @classmethod
    def of(cls, turn: Turn) -> Self:
        question, answer = (_shortened(message.text) for message in (turn.question, turn.answer))
        return cls(turn.conversation_id, turn.asked_by_id, turn.answer_id, question, answer)

    @property
    def as_text(self) -> str:
        return f"<question>\n{self.question}\n</question>\n<answer>\n{self.answer}\n</answer>"


def completed(turn_id: int) -> Turn | None:
    """The turn, when Claude answered it to the end."""
    turns = Turn.objects.filter(pk=turn_id, status=TurnStatus.COMPLETE, answer__reason="")
    return turns.select_related("conversation", "question", "answer", "asked_by").first()


def _shortened(text: str) -> str:
    """Beginning and end, which say more than the middle."""
    half = MOST_CHARS // 2
    return text if len(text) <= MOST_CHARS else f"{text[:half]}\n[…]\n{text[-half:]}"
