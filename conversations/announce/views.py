"""What a template knows of a message: values only, so that page, snapshot and fragment show the same."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils.html import escape
from django.utils.safestring import SafeString

NOTHING = escape("")


@dataclass(frozen=True, slots=True)
class LinkView:
    """An address of the web."""

    url: str
    title: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ToolView:
    """One call of a tool. state: running, done, failed, cut (the result was too long), unfinished."""

    name: str  # in words
    state: str
    duration_ms: int | None
    given: str
    result: str
    links: tuple[LinkView, ...]


@dataclass(frozen=True, slots=True)
class PartView:
    """One block of a message. `dom_id` names its container: `{dom_id}-settled` and `{dom_id}-tail` lie inside.

    kind: text (Markdown, rendered), plain (a question, escaped, its line breaks kept), thinking (escaped), tool,
    unsupported (`html` names the type of the block).
    While the answer streams, `settled` and `tail` are what a fresh page shows; afterwards `html` is the whole.
    """

    kind: str
    dom_id: str
    html: SafeString
    settled: SafeString = NOTHING
    tail: SafeString = NOTHING
    tool: ToolView | None = None
    took_ms: int | None = None  # of thinking that has ended


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """kind: image, pdf, text. Width and height are of an image, pages of a PDF."""

    id: UUID
    name: str
    kind: str
    size_bytes: int
    width: int = 0
    height: int = 0
    pages: int = 0


@dataclass(frozen=True, slots=True)
class SourceView:
    """What an answer cites: where it stands in a document, or, with a safe `url`, a page of the web."""

    number: int
    title: str
    place: str
    quote: str
    url: str


@dataclass(frozen=True, slots=True)
class RequestView:
    """One request of an answer. `what` it was for or how it ended, in words; not billed costs nothing."""

    what: str
    model_name: str
    prompt_tokens: int
    output_tokens: int
    cost_usd: Decimal
    duration_ms: int
    billed: bool


@dataclass(frozen=True, slots=True)
class ConsentView:
    """A call of a tool that waits for the person's word: which tool, in words, and what would go in."""

    id: int
    conversation_id: UUID
    tool: str
    given: str


@dataclass(frozen=True, slots=True)
class CostView:
    """What an answer took, for the details on demand. Tokens are sums over its attempts; cost in US dollars."""

    prompt_tokens: int
    output_tokens: int
    cost_usd: Decimal
    duration_ms: int
    estimated: bool
    web_searches: int
    requests: tuple[RequestView, ...]


@dataclass(frozen=True, slots=True)
class RefusalView:
    """Why Claude declined, as far as it says, what that cost, and whether the person reported it to the admin."""

    category: str
    explanation: str
    billed: bool
    cost_usd: Decimal
    is_reported: bool
    note: str  # what the person wrote to the admin with it


@dataclass(frozen=True, slots=True)
class FeedbackView:
    """What the person thinks of the answer."""

    verdict: str  # good, bad
    reason: str


@dataclass(frozen=True, slots=True)
class WaitView:
    """Why the answer does not come yet, and in how many seconds it is asked for; 0 when that is now."""

    sentence: str
    seconds: int = 0
    then: str = "Trying again"  # what happens after the seconds
    is_queued: bool = False  # nobody asks Claude yet


@dataclass(frozen=True, slots=True)
class FoldView:
    """Behind a message: what Claude reads instead of everything up to there. No words: it was left out."""

    id: int
    html: SafeString


@dataclass(frozen=True, slots=True)
class MessageView:
    id: int
    conversation_id: UUID
    parent_id: int | None
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
    refusal: RefusalView | None
    feedback: FeedbackView | None
    is_last: bool  # Retry and Continue are offered on the last answer only
    wait: WaitView | None = None  # of an answer that is asked for later
    sources: tuple[SourceView, ...] = ()
    stand_in: str = ""  # the sentence about who answers in the place of whom
    version: int = 1  # which one of the messages that stood in this place, and of how many
    versions: int = 1
    consents: tuple[ConsentView, ...] = ()  # that a running answer waits for
    follow_ups: tuple[str, ...] = ()
    fold: FoldView | None = None
    route: str = ""  # why best fit chose its model
    context_tokens: int = 0

    @property
    def images(self) -> tuple[AttachmentView, ...]:
        return tuple(attachment for attachment in self.attachments if attachment.kind == "image")

    @property
    def documents(self) -> tuple[AttachmentView, ...]:
        return tuple(attachment for attachment in self.attachments if attachment.kind != "image")

    @property
    def is_active(self) -> bool:
        return self.state in ("queued", "streaming")

    @property
    def is_cut(self) -> bool:
        """Whether the answer ended before Claude was done, with words that can be gone on from."""
        cut_off = self.reason in ("max_tokens", "model_context_window_exceeded", "tool_limit")
        has_words = any(part.kind == "text" for part in self.parts)
        return has_words and (self.state in ("stopped", "failed") or (self.state == "complete" and cut_off))


@dataclass(frozen=True, slots=True)
class ThreadView:
    """The last page of a thread at one revision."""

    conversation_id: UUID
    revision: int
    title: str
    messages: tuple[MessageView, ...]
    earlier_before: int | None  # ask for messages before this position; None at the beginning
    is_active: bool  # whether a turn is queued or running: the composer then shows Stop
