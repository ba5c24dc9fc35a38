"""A running turn, as this process knows it."""

from dataclasses import dataclass, field
from uuid import UUID

from conversations.announce.views import MessageView
from conversations.rendering.streaming import MarkdownStream
from conversations.turns.progress import Progress


@dataclass(eq=False, slots=True)
class LiveTurn:
    turn_id: int
    fence: int
    conversation_id: UUID
    answer: MessageView  # as it was when the turn was queued
    progress: Progress = field(default_factory=Progress)
    streams: dict[int, MarkdownStream | None] = field(default_factory=dict)  # parts that windows have; None: thinking
    is_shown: bool = False  # whether windows know that the answer began
