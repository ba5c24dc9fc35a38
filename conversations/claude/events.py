"""What Claude tells us, as frozen values: the only things that come out of `stream.answer()`.

One answer is: (AttemptEnded RetryWaits)* AnswerBegan (BlockBegan (TextArrived | ThinkingArrived)* BlockEnded)*
Refused? AttemptEnded AnswerEnded. When it fails, AttemptEnded still comes, and then a ClaudeError is raised. When it
is stopped, AttemptEnded(reason="stopped") comes last. An attempt that fails before its first words shows nothing.
"""

from dataclasses import dataclass, field
from typing import Any

Block = dict[str, Any]  # one content block in the API's own shape


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """Tokens of one attempt by class. The three input classes are disjoint; output contains thinking."""

    input: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    cache_read: int = 0
    output: int = 0
    web_searches: int = 0

    @property
    def prompt(self) -> int:
        return self.input + self.cache_write_5m + self.cache_write_1h + self.cache_read


@dataclass(frozen=True, slots=True)
class AnswerBegan:
    """`message_start`: Claude took the request. `model` is who answers, which may not be who was asked."""

    message_id: str
    model: str
    tokens: TokenCounts


@dataclass(frozen=True, slots=True)
class BlockBegan:
    index: int
    block: Block  # as it began, so text and thinking are usually empty here


@dataclass(frozen=True, slots=True)
class TextArrived:
    index: int
    text: str


@dataclass(frozen=True, slots=True)
class ThinkingArrived:
    index: int
    text: str


@dataclass(frozen=True, slots=True)
class BlockEnded:
    index: int
    block: Block  # whole: with its text, signature or data, ready to be stored and sent back


@dataclass(frozen=True, slots=True)
class Refused:
    """Claude declined. `after_text` tells whether words had been shown before."""

    category: str | None
    explanation: str | None
    after_text: bool


@dataclass(frozen=True, slots=True)
class RetryWaits:
    """An attempt failed before anything was shown; the next one starts after `wait_s` seconds.

    `next_model` is "" when the same model is asked again, else who is asked in its place.
    """

    failed_attempt: int
    wait_s: float
    reason: str
    next_model: str = ""


@dataclass(frozen=True, slots=True)
class AttemptEnded:
    """One request to the API is over, however it ended: exactly one for each attempt, for the ledger.

    `estimated` marks output tokens that we counted ourselves because the stream ended before its usage.
    `billed` follows the vendor's rules: not for an error, nor for a refusal before output of an unbilled category.
    `reason` is "" or the stable word of what went wrong.
    """

    number: int  # 1, 2, …
    asked_model: str
    answered_model: str  # "" when no answer began
    request_id: str
    tokens: TokenCounts
    stop_reason: str  # "" when none arrived
    first_token_ms: int | None
    duration_ms: int
    billed: bool
    estimated: bool
    reason: str = ""
    facts: dict[str, Any] = field(default_factory=dict)  # for the log: status, error type; never words


@dataclass(frozen=True, slots=True)
class AnswerEnded:
    """The answer is whole. `stop_reason` is the API's own word, also one that we do not know yet."""

    stop_reason: str


Event = (
    AnswerBegan
    | BlockBegan
    | TextArrived
    | ThinkingArrived
    | BlockEnded
    | Refused
    | RetryWaits
    | AttemptEnded
    | AnswerEnded
)
