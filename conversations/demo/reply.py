"""A scene as the API would say it: one message, whole or as events."""

from base64 import b64decode
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any
from uuid import uuid4

from conversations.claude.counts import CHARS_PER_TOKEN, estimated_tokens

from . import sse, texts
from .pictures import described
from .scenes import Scene, blocks_of


class Reply:
    def __init__(self, body: dict[str, Any], scene: Scene, text: str, usage: dict[str, Any]) -> None:
        self._scene = scene
        self._text, self._stop_reason = text, scene.stop_reason
        if estimated_tokens(len(text)) > body["max_tokens"]:
            self._text, self._stop_reason = text[: int(body["max_tokens"] * CHARS_PER_TOKEN)], "max_tokens"
        self._model = body["model"]
        self._usage = usage
        self._id = f"msg_demo_{uuid4().hex[:20]}"
        shows_thinking = (body.get("thinking") or {}).get("display") == "summarized"
        self._shown_thinking = scene.thinking if shows_thinking else ""

    def message(self) -> dict[str, Any]:
        message = self._frame() | {"content": self._content(), "stop_reason": self._stop_reason}
        return message | {"stop_details": self._stop_details(), "usage": self._usage | self._output()}

    def events(self) -> Iterator[sse.Payload]:
        yield sse.message_start(self._frame() | {"usage": self._usage | {"output_tokens": 1}})
        yield sse.ping()
        for index, block in enumerate(self._content()):
            words = block[block["type"]]
            yield from sse.block(index, block["type"], words, signature=block.get("signature", ""))
        if not self._scene.ends_early:
            yield sse.message_delta(self._stop_reason, self._stop_details(), self._output())
            yield sse.message_stop()

    def _content(self) -> list[dict[str, Any]]:
        content: list[dict[str, Any]] = []
        if self._scene.thinking:
            signature = blake2b(self._scene.thinking.encode(), digest_size=24).hexdigest()
            content.append({"type": "thinking", "thinking": self._shown_thinking, "signature": signature})
        if self._text:
            content.append({"type": "text", "text": self._text})
        return content

    def _frame(self) -> dict[str, Any]:
        frame = {"id": self._id, "type": "message", "role": "assistant", "model": self._model, "content": []}
        return frame | {"stop_reason": None, "stop_sequence": None}

    def _stop_details(self) -> dict[str, Any] | None:
        if self._stop_reason != "refusal":
            return None
        explanation = self._scene.refusal_explanation or None
        return {"type": "refusal", "category": self._scene.refusal_category, "explanation": explanation}

    def _output(self) -> dict[str, Any]:
        thinking = estimated_tokens(len(self._scene.thinking))
        output_tokens = max(1, thinking + estimated_tokens(len(self._text)))
        return {"output_tokens": output_tokens, "output_tokens_details": {"thinking_tokens": thinking}}


def image_answer(messages: list[dict[str, Any]]) -> str:
    """The last message's images, described. Decodes them, so it belongs into a thread."""
    images = [block for block in blocks_of(messages[-1]) if block["type"] == "image"]
    facts = [described(b64decode(block["source"]["data"])) for block in images]
    if len(facts) == 1:
        return f"You sent {facts[0]}\n\n{texts.MEASURED}"
    listed = "\n".join(f"{number}. {fact[0].upper()}{fact[1:]}" for number, fact in enumerate(facts, 1))
    return f"You sent {len(facts)} images:\n\n{listed}\n\n{texts.MEASURED}"
