"""What the tests of this room share: a way to ask the scripted upstream."""

from dataclasses import dataclass
from typing import TypeVar

from conversations.claude.ask import Ask, TextPart, Utterance
from conversations.claude.errors import ClaudeError
from conversations.claude.events import AnswerEnded, AttemptEnded, Event, TextArrived
from conversations.claude.stream import answer

E = TypeVar("E")
QUESTION = Ask("claude-opus-5-5", (Utterance("user", (TextPart("What is a fjord?"),)),), max_tokens=1000)


@dataclass
class Outcome:
    """Everything that one ask gave."""

    events: list[Event]
    error: ClaudeError | None

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.of(TextArrived))

    @property
    def attempt(self) -> AttemptEnded:
        (attempt,) = self.of(AttemptEnded)
        return attempt

    @property
    def is_complete(self) -> bool:
        return bool(self.of(AnswerEnded))

    @property
    def reason(self) -> str:
        return self.error.reason if self.error else ""


async def outcome_of(ask: Ask = QUESTION) -> Outcome:
    outcome = Outcome([], None)
    try:
        async for event in answer(ask):
            outcome.events.append(event)
    except ClaudeError as error:
        outcome.error = error
    return outcome
