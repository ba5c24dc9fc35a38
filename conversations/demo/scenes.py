"""What the stand-in can play, and which words of the last question choose it.

Words, in any case, anywhere in the last text of the person:

    "long answer"                      headings, lists, a table, code, math, a footnote, links
    "think it through"                 summarised thinking, then the answer
    "play a refusal in the middle"     declined after some words (cyber: billed, since words had come)
    "play a refusal that passes"       declined at first, an answer at the second try, of whichever model
    "play a refusal"                   declined before any word (general_harms: free)
    "play an overload that passes"     529 at first, an answer at the second try
    "play an overload"                 529 every time
    "play a rate limit"                429 at the first try, an answer once there is room again
    "breaks off"                       the stream ends early, and cleanly
    "reaches its limit"                stops with max_tokens
    "fills the window"                 stops since the chat is as long as the model reads: go on, and it is summed up
    "continue …" at the start          goes on with what was cut above
    "play an expiry"                   in a batch: not answered in time
    "use your tools" and others        see tool_scenes.py

An attached image is described from its bytes, and an attached document is cited. Where the site asks for data,
errands.py makes it up. Everything else gets an answer that says who speaks.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from . import texts
from .tool_scenes import ToolScene, tool_scene

EXAMPLES = (
    ("A long answer", "Show me a long answer with all that Markdown can do."),
    ("Thinking first", "Think it through: how many squares are on a chessboard?"),
    ("A refusal", "Play a refusal."),
    ("A refusal that passes", "Play a refusal that passes when another model is asked."),
    ("A refusal halfway", "Play a refusal in the middle of an answer."),
    ("Tools", "Use your tools, several at once."),
    ("A web search", "Search the web: why are there tides?"),
    ("A web page", "Open a web page."),
    ("A program", "Run a program that adds the first eight squares."),
    ("An overload", "Play an overload."),
    ("An overload that passes", "Play an overload that passes."),
    ("A rate limit", "Play a rate limit."),
    ("A broken answer", "Play an answer that breaks off."),
    ("A full window", "Play an answer that fills the window."),
    ("A full answer", "Play an answer that reaches its limit."),
)


@dataclass(frozen=True, slots=True)
class Scene:
    """One reply. An overload stands in place of an answer; `reads_files` leaves the text to the files."""

    text: str = ""
    thinking: str = ""
    stop_reason: str = "end_turn"
    refusal_category: str = ""
    refusal_explanation: str = ""
    ends_early: bool = False
    is_overloaded: bool = False
    is_expired: bool = False
    passes_at_second_try: bool = False
    is_limited: bool = False
    reads_files: bool = False
    tells_effort: bool = False
    tools: ToolScene | None = None


def scene_for(messages: Sequence[dict[str, Any]], offered: Collection[str] = ()) -> Scene:
    """The scene that the last question asks for. `offered` are the names of the tools that the request defines."""
    question = _newest_text(messages[-1])
    lowered = question.lower()
    if played := tool_scene(messages, lowered, offered):
        return Scene(stop_reason=played.stop_reason, tools=played)
    if re.match(r"\W*(please )?(continue|go on|carry on)\b", lowered):
        return Scene(_rest_of(messages))
    for phrase, scene in _SCENES:
        if phrase in lowered:
            return scene
    if any(block["type"] in ("image", "document") for block in blocks_of(messages[-1])):
        return Scene(reads_files=True)
    return Scene(_ordinary(question, len(messages)), tells_effort=True)


def _newest_text(message: dict[str, Any]) -> str:
    """What the person wrote: what the site adds for Claude stands before it."""
    texts = [block["text"] for block in blocks_of(message) if block["type"] == "text"]
    return texts[-1] if texts else ""


def text_of(message: dict[str, Any]) -> str:
    return "\n".join(block["text"] for block in blocks_of(message) if block["type"] == "text")


def blocks_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


def _start_of(text: str, share: float) -> str:
    return text[: text.rindex(" ", 0, int(len(text) * share))]


_SCENES = (
    (
        "play a refusal in the middle",
        Scene(texts.DECLINED_START, stop_reason="refusal", refusal_category="cyber"),
    ),
    (
        "play a refusal that passes",
        Scene(texts.HARMLESS, stop_reason="refusal", refusal_category="bio", passes_at_second_try=True),
    ),
    (
        "play a refusal",
        Scene(
            stop_reason="refusal",
            refusal_category="general_harms",
            refusal_explanation="The demo stand-in declines this question because it was asked to.",
        ),
    ),
    ("play an overload that passes", Scene(texts.GREETING, is_overloaded=True, passes_at_second_try=True)),
    ("play an overload", Scene(is_overloaded=True)),
    ("play an expiry", Scene(texts.GREETING, is_expired=True)),
    ("play a rate limit", Scene(texts.GREETING, is_limited=True, passes_at_second_try=True)),
    ("breaks off", Scene(_start_of(texts.TIDES, 0.55), ends_early=True)),
    ("fills the window", Scene(_start_of(texts.TIDES, 0.6), stop_reason="model_context_window_exceeded")),
    ("reaches its limit", Scene(_start_of(texts.TIDES, 0.6), stop_reason="max_tokens")),
    ("long answer", Scene(texts.LONG)),
    ("think it through", Scene(texts.SQUARES, thinking=texts.SQUARES_THINKING)),
)


def _rest_of(messages: Sequence[dict[str, Any]]) -> str:
    """What follows the last words that were said, of the text that they come from."""
    said = next((text_of(message).rstrip() for message in reversed(messages) if message["role"] == "assistant"), "")
    for whole in (texts.TIDES, texts.LONG, texts.SQUARES):
        at = whole.find(said[-60:]) if said else -1
        if at >= 0:
            return whole[at + len(said[-60:]) :].rstrip() or texts.CANNOT_GO_ON
    return texts.CANNOT_GO_ON


def _ordinary(question: str, messages: int) -> str:
    words = len(question.split())
    if words <= 3:
        return f"{texts.GREETING}\n{texts.TRY}"
    place = "the first of this chat" if messages == 1 else f"number {messages // 2 + 1} of this chat"
    return (
        f"Your question has {words} words and {len(question):,} characters, and is {place}. "
        "I cannot answer it: this is the **demo stand-in**, and Claude itself is not connected.\n\n" + texts.TRY
    )
