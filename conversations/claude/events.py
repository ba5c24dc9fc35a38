"""What Claude tells us, as frozen values: the only things that come out of `stream.answer()`.

One answer is: (AllowanceTold? AttemptEnded RetryWaits RetryBegins)* AllowanceTold? AnswerBegan
(BlockBegan (TextArrived | ThinkingArrived)* BlockEnded)* Refused? AttemptEnded AnswerEnded. Where another model is
asked after a refusal, RetryWaits RetryBegins and a second answer come in the place of AnswerEnded; when none begins,
AnswerEnded comes, and the refusal stands. When it fails, AttemptEnded still comes, and then a ClaudeError is raised.
When it is stopped, AttemptEnded(reason="stopped") comes last. An attempt that fails before its first words shows
nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .allowance import Bucket

Block = dict[str, Any]  # one content block in the API's own shape
WHOLE = ("end_turn", "stop_sequence")  # the stop reasons of an answer in which Claude said all that it had to say


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
class Terms:
    """On what terms the API says that it answered, in its own words; "" where it says nothing."""

    service_tier: str = ""  # standard, batch …
    inference_geo: str = ""  # global, us
    speed: str = ""  # standard, fast


@dataclass(frozen=True, slots=True)
class CacheMiss:
    """Why the API could not read the beginning from its cache, in its own word, and how many tokens that cost about."""

    reason: str = ""  # "" when it read all that it could, or has not found out
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class AllowanceTold:
    """What may still be asked of the model, as of now, in an answer to a request that was sent at `asked_at`."""

    model: str  # who was asked
    asked_at: datetime
    buckets: Mapping[str, Bucket]  # by the names of LIMITS


@dataclass(frozen=True, slots=True)
class AnswerBegan:
    """`message_start`: Claude took the request. `model` is who answers, which may not be who was asked."""

    message_id: str
    model: str
    tokens: TokenCounts
    request_id: str = ""


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
    took_ms: int = 0  # from its beginning to its end, as it arrived here


@dataclass(frozen=True, slots=True)
class Refused:
    """Claude declined. `after_text` tells whether words had been shown before."""

    category: str | None
    explanation: str | None
    after_text: bool


@dataclass(frozen=True, slots=True)
class RetryWaits:
    """An attempt failed before anything was shown; the next one starts after `wait_s` seconds.

    `next_model` is "" when the same model is asked again, else who is asked in its place. `is_silent` marks a request
    that was only mended: there is nothing to wait for, and nothing that a person could make of it.
    """

    failed_attempt: int
    wait_s: float
    reason: str
    next_model: str = ""
    is_silent: bool = False


@dataclass(frozen=True, slots=True)
class RetryBegins:
    """The wait is over. The next request goes out when the reader asks for the event after this one."""

    number: int


@dataclass(frozen=True, slots=True)
class AttemptEnded:
    """One request to the API is over, however it ended: exactly one for each attempt, for the ledger.

    `estimated` marks output tokens that we counted ourselves because the stream ended before its usage.
    `billed` follows the vendor's rules: not for an error, nor for a refusal before output of an unbilled category.
    `reason` is "" or the stable word of what went wrong.
    """

    number: int  # 1, 2, …
    began_at: datetime
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
    terms: Terms = Terms()
    cache_miss: CacheMiss = CacheMiss()
    facts: dict[str, Any] = field(default_factory=dict)  # for the log: status, error type; never words


@dataclass(frozen=True, slots=True)
class AnswerEnded:
    """The answer is whole. `stop_reason` is the API's own word, also one that we do not know yet.

    `container_id` is where the vendor ran code for it, "" when nowhere.
    """

    stop_reason: str
    container_id: str = ""


Event = (
    AllowanceTold
    | AnswerBegan
    | BlockBegan
    | TextArrived
    | ThinkingArrived
    | BlockEnded
    | Refused
    | RetryWaits
    | RetryBegins
    | AttemptEnded
    | AnswerEnded
)
