"""What the stand-in says where the site asks for data: a title, follow-up questions, a summary."""

import re
from typing import Any

import orjson

from .scenes import EXAMPLES, text_of

WORDS_OF_A_TITLE = 5
FOLLOW_UPS = ("A long answer", "Thinking first", "An overload that passes")
SUMMARY = (
    "This is the **demo stand-in**, which does not understand what was said. The questions of the earlier messages "
    "began so:\n\n"
)
MOST_LINES = 12


def data_for(body: dict[str, Any]) -> str:
    """One JSON document of the shape that is asked for; "" when none is asked for."""
    form = (body.get("output_config") or {}).get("format") or {}
    wanted = form.get("schema", {}).get("properties", {})
    text = text_of(body["messages"][-1])
    known = {"title": _title, "questions": _questions, "summary": _summary}
    said = {name: tell(text) for name, tell in known.items() if name in wanted}
    return orjson.dumps(said).decode() if said else ""


def _title(text: str) -> str:
    words = re.findall(r"[\w’'-]+", " ".join(_within("question", text)))
    return " ".join(words[:WORDS_OF_A_TITLE]).capitalize() or "Pictures"


def _questions(text: str) -> list[str]:
    return [prompt for name, prompt in EXAMPLES if name in FOLLOW_UPS]


def _summary(text: str) -> str:
    asked = [" ".join(question.split())[:80] for question in _within("question", text)]
    return SUMMARY + "\n".join(f"- {line}" for line in asked[-MOST_LINES:] if line)


def _within(tag: str, text: str) -> list[str]:
    return re.findall(rf"<{tag}>\n(.*?)\n</{tag}>", text, re.DOTALL)
