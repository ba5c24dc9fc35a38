"""One call of a tool, within its limits: whatever happens, there is an outcome that Claude can be told."""

import asyncio
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from conversations.tools.tool import Caller, Tool, ToolFailed

log = logging.getLogger(__name__)

MAX_RESULT_BYTES = 16 * 1024
INCOMPLETE = "The input did not arrive whole, so the tool was not run. Try again with a shorter input."
UNKNOWN = "There is no such tool here."
BROKEN = "The tool failed for a reason of its own."

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL refuses NUL, UTF-8 has no lone surrogates


@dataclass(frozen=True, slots=True)
class Call:
    """A tool request of Claude's. `given` is None when the input did not arrive whole."""

    id: str
    name: str
    given: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Outcome:
    call_id: str
    text: str
    is_error: bool
    was_cut: bool  # whether the result was longer than Claude is shown
    duration_ms: int


async def outcome_of(call: Call, tools: Sequence[Tool], caller: Caller) -> Outcome:
    """Raises nothing but CancelledError."""
    began_at = monotonic()
    try:
        text, is_error = await _told(call, {tool.name: tool for tool in tools}, caller), False
    except ToolFailed as failed:
        text, is_error = str(failed), True
    except Exception:
        log.exception("tool broke", extra={"tool": call.name})
        text, is_error = BROKEN, True
    shown, was_cut = limited(text)
    return Outcome(call.id, shown, is_error, was_cut, round((monotonic() - began_at) * 1000))


async def _told(call: Call, tools: Mapping[str, Tool], caller: Caller) -> str:
    if call.given is None:
        raise ToolFailed(INCOMPLETE)
    if call.name not in tools:
        raise ToolFailed(UNKNOWN)
    tool = tools[call.name]
    try:
        async with asyncio.timeout(tool.limit_s) as limit:
            return await tool.run(call.given, caller)
    except TimeoutError:
        if not limit.expired():
            raise
        raise ToolFailed(f"The tool did not end within {tool.limit_s:g} seconds and was given up.") from None


def limited(text: str) -> tuple[str, bool]:
    """At most MAX_RESULT_BYTES, with a last line that says what is missing; and whether anything is."""
    text = _UNSTORABLE.sub("\ufffd", text)
    raw = text.encode()
    if len(raw) <= MAX_RESULT_BYTES:
        return text, False
    note = f"\n\n[Cut: these are the first {MAX_RESULT_BYTES // 1024} KB of {len(raw) / 1024:,.0f}.]"
    kept = raw[: MAX_RESULT_BYTES - len(note.encode())].decode(errors="ignore")
    return kept + note, True
