"""What we ask Claude, as frozen values. No SDK type and no row comes in here."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from .events import Block

ThinkingChoice = Literal["", "on", "off"]


@dataclass(frozen=True, slots=True)
class TextPart:
    text: str


@dataclass(frozen=True, slots=True)
class ImagePart:
    """One image, byte for byte as it is stored. `media_type` is one the API takes, such as `image/png`."""

    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class DocumentPart:
    """A file to read. `data` is the file itself for `application/pdf`, its UTF-8 text for `text/plain`."""

    media_type: Literal["application/pdf", "text/plain"]
    data: bytes
    title: str
    cites: bool = True  # whether the answer may quote it as a numbered source
    pages: int = 0  # of a PDF, where they were counted


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What came of one tool request. `text` is what Claude reads, also when the tool failed."""

    tool_use_id: str
    text: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Echo:
    """One block of an earlier answer, exactly as Claude sent it."""

    block: Block


Part = TextPart | ImagePart | DocumentPart | ToolResult | Echo


@dataclass(frozen=True, slots=True)
class Utterance:
    """One message of the history, oldest part first."""

    role: Literal["user", "assistant"]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool that this site runs: what Claude is told of it. `input_schema` is a JSON Schema of an object."""

    name: str
    description: str
    input_schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ServerTool:
    """A tool that runs at the vendor's. `options` are in the API's own shape; its version is the model's affair."""

    name: Literal["code_execution", "web_fetch", "web_search"]
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to Claude. `history` ends with a user's utterance and is never empty.

    A history may also end with an answer of Claude's that paused, as Echo parts, for Claude to go on with it.
    `person_key` is an opaque, stable key for abuse detection; never a name or an address. `effort` and `thinking` are
    "" for the model's own. With `answer_schema`, a JSON Schema, the answer is one JSON document of that shape. `system`
    is the same for everyone, `instructions` are the person's own and stand behind it. `follows` is the id of the
    message that Claude answered with before, "" at the beginning: the API then tells why its cache was missed.
    `container_id` is where the vendor ran code for an earlier part of the same answer. Nobody goes on from a lone
    ask, so that none of it is worth caching. With a shared head, other chats begin with the same first utterance. No
    other model is asked in its place than `among` these ids, if they are given.
    """

    model: str
    history: tuple[Utterance, ...]
    max_tokens: int
    system: str = ""
    person_key: str = ""
    tools: tuple[ToolSpec | ServerTool, ...] = ()
    effort: str = ""
    answer_schema: Mapping[str, Any] | None = None
    instructions: str = ""
    thinking: ThinkingChoice = ""
    follows: str | None = None
    container_id: str = ""
    is_lone: bool = False
    has_shared_head: bool = False
    among: frozenset[str] | None = None


def without_thinking(ask: Ask) -> Ask:
    """The same, less all thinking of earlier answers: whole or not at all is how it may be sent back."""
    return replace(ask, history=tuple(_unthinking(utterance) for utterance in ask.history))


def _unthinking(utterance: Utterance) -> Utterance:
    return replace(utterance, parts=tuple(part for part in utterance.parts if not _is_thinking(part)))


def _is_thinking(part: Part) -> bool:
    return isinstance(part, Echo) and part.block.get("type") in ("thinking", "redacted_thinking")
