"""What a template knows of a message: values only, so that page, snapshot and fragment show the same."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils.html import escape
from django.utils.safestring import SafeString

NOTHING = escape("")


@dataclass(frozen=True, slots=True)
class PartView:
    """One block of a message. `dom_id` names its container: `{dom_id}-settled` and `{dom_id}-tail` lie inside.

    kind: text (Markdown, rendered), plain (a question, escaped, its line breaks kept), thinking (escaped),
    unsupported (`html` names the type of the block).
    While the answer streams, `settled` and `tail` are what a fresh page shows; afterwards `html` is the whole.
    """

    kind: str
    dom_id: str
    html: SafeString
    settled: SafeString = NOTHING
    tail: SafeString = NOTHING


@dataclass(frozen=True, slots=True)
class AttachmentView:
    id: UUID
    name: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class CostView:
    """What an answer took, for the details on demand. Tokens are sums over its attempts; cost in US dollars."""

    prompt_tokens: int
    output_tokens: int
    cost_usd: Decimal
    duration_ms: int
    estimated: bool
    attempts: int


@dataclass(frozen=True, slots=True)
class WaitView:
    """Why the answer does not come yet, and in how many seconds it is asked for again; 0 when that is now."""

    sentence: str
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class MessageView:
    id: int
    conversation_id: UUID
    role: str  # user, assistant
    state: str  # queued, streaming, complete, stopped, refused, failed
    reason: str  # "" or the stable word for the cause, also for complete answers that were cut (max_tokens …)
    advice: str  # the sentence for the person when it failed
    reference: str  # what an admin can find it by: the upstream's request id, else our turn's id
    created_at: datetime
    ended_at: datetime | None
    model: str  # id of who answered, "" for questions
    model_name: str
    source: str  # the words as Markdown, for Copy; "" while it streams
    parts: tuple[PartView, ...]
    attachments: tuple[AttachmentView, ...]
    cost: CostView | None
    refusal_category: str
    refusal_explanation: str
    refusal_billed: bool
    is_last: bool  # Retry and Continue are offered on the last answer only
    wait: WaitView | None = None  # of a queued answer
    stand_in: str = ""  # the sentence about who answers in the place of whom

    @property
    def is_active(self) -> bool:
        return self.state in ("queued", "streaming")

    @property
    def is_cut(self) -> bool:
        """Whether the answer ended before Claude was done, with words that can be gone on from."""
        cut_off = self.reason in ("max_tokens", "model_context_window_exceeded")
        has_words = any(part.kind == "text" for part in self.parts)
        return has_words and (self.state in ("stopped", "failed") or (self.state == "complete" and cut_off))


@dataclass(frozen=True, slots=True)
class ThreadView:
    """The last page of a thread at one revision."""

    conversation_id: UUID
    revision: int
    messages: tuple[MessageView, ...]
    earlier_before: int | None  # ask for messages before this position; None at the beginning
    is_active: bool  # whether a turn is queued or running: the composer then shows Stop
