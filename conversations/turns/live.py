"""A running turn, as this process knows it."""

from dataclasses import dataclass, field
from uuid import UUID

from conversations.announce.sources import Sources
from conversations.announce.views import MessageView
from conversations.models.messages import Block
from conversations.rendering.streaming import MarkdownStream
from conversations.turns.progress import Progress


@dataclass(eq=False, slots=True)
class LivePart:
    """A part that windows have: the blocks that are shown as one."""

    dom_id: str
    stream: MarkdownStream | None  # None: thinking


@dataclass(eq=False, slots=True)
class LiveTurn:
    turn_id: int
    fence: int
    conversation_id: UUID
    answer: MessageView  # as it was when the turn was queued
    progress: Progress = field(default_factory=Progress)
    is_budgeted: bool = False  # whether each of its requests reserves what it may take
    first_attempt: int = 1  # the number of the first request since it was claimed
    parts: dict[int, LivePart] = field(default_factory=dict)  # by the index of each of their blocks
    sources: Sources = field(default_factory=Sources)
    calls: dict[str, tuple[int, Block]] = field(default_factory=dict)  # requests of tools, by id, with their places
    journaled: int = 0  # pieces that went to the journal, or were on their way to it
    is_shown: bool = False  # whether windows know that the answer began
    is_unshowable: bool = False  # whether our own renderer failed on it

    @property
    def streams(self) -> dict[str, MarkdownStream]:
        """What of the answer was rendered while it arrived."""
        parts = () if self.is_unshowable else self.parts.values()
        return {part.dom_id: part.stream for part in parts if part.stream is not None}

    @property
    def is_heavy(self) -> bool:
        """Whether its next frame may take long to make."""
        return any(part.stream is not None and part.stream.is_heavy for part in self.parts.values())
