"""What the stand-in can play, and which words of the last question choose it.

Words, in any case, anywhere in the last text of the person:

    "long answer"                      headings, lists, a table, code, math, a footnote, links
    "think it through"                 summarised thinking, then the answer
    "play a refusal in the middle"     declined after some words (cyber: billed, since words had come)
    "play a refusal"                   declined before any word (general_harms: free)
    "play an overload that passes"     529 at first, an answer at the second try
    "play an overload"                 529 every time
    "breaks off"                       the stream ends early, and cleanly
    "reaches its limit"                stops with max_tokens
    "continue …" at the start          goes on with what was cut above

An attached image is described from its bytes. Everything else gets an answer that says who speaks.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from . import texts

EXAMPLES = (
    ("A long answer", "Show me a long answer with all that Markdown can do."),
    ("Thinking first", "Think it through: how many squares are on a chessboard?"),
    ("A refusal", "Play a refusal."),
    ("A refusal halfway", "Play a refusal in the middle of an answer."),
    ("An overload", "Play an overload."),
    ("An overload that passes", "Play an overload that passes."),
    ("A broken answer", "Play an answer that breaks off."),
    ("A full answer", "Play an answer that reaches its limit."),
)


@dataclass(frozen=True, slots=True)
class Scene:
    """One reply. An overload stands in place of an answer; `describes_images` leaves the text to the images."""

    text: str = ""
    thinking: str = ""
    stop_reason: str = "end_turn"
    refusal_category: str = ""
    refusal_explanation: str = ""
    ends_early: bool = False
    is_overloaded: bool = False
    passes_at_second_try: bool = False
    describes_images: bool = False


def scene_for(messages: Sequence[dict[str, Any]]) -> Scene:
    """The scene that the last question asks for."""
    question = text_of(messages[-1])
    lowered = question.lower()
    if re.match(r"\W*(please )?(continue|go on|carry on)\b", lowered):
        return Scene(_rest_of(messages))
    for phrase, scene in _SCENES:
        if phrase in lowered:
            return scene
    if any(block["type"] == "image" for block in blocks_of(messages[-1])):
        return Scene(describes_images=True)
    return Scene(_ordinary(question, len(messages)))


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
        "play a refusal",
        Scene(
            stop_reason="refusal",
            refusal_category="general_harms",
            refusal_explanation="The demo stand-in declines this question because it was asked to.",
        ),
    ),
    ("play an overload that passes", Scene(texts.GREETING, is_overloaded=True, passes_at_second_try=True)),
    ("play an overload", Scene(is_overloaded=True)),
    ("breaks off", Scene(_start_of(texts.TIDES, 0.55), ends_early=True)),
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
