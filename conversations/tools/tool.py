"""What a tool is to whoever runs it, wherever it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a tool runs for. Claude neither sees nor chooses it."""

    person_id: int
    conversation_id: UUID


class ToolFailed(Exception):
    """The sentence is for Claude and for the person: it says what was wrong, and never how the site is made."""


class Tool(Protocol):
    """`name` is Claude's word for it, `description` what Claude is told, `input_schema` a JSON Schema of an object."""

    @property
    def name(self) -> str: ...

    @property
    def description(self) -> str: ...

    @property
    def input_schema(self) -> Mapping[str, Any]: ...

    @property
    def limit_s(self) -> float:
        """For how long it may run."""
        ...

    @property
    def asks_first(self) -> bool:
        """Whether each call waits until the person allows it."""
        ...

    async def run(self, given: Mapping[str, Any], caller: Caller) -> str:
        """What came of it, for Claude to read. Raises ToolFailed. May be cancelled at any time."""
        ...
