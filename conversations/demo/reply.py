"""A scene as the API would say it: one message, whole or as events."""

from base64 import b64decode
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any
from uuid import uuid4

from conversations.claude.counts import CHARS_PER_TOKEN, estimated_tokens

from . import sse, texts
from .documents import Said, read_aloud
from .pictures import described
from .scenes import Scene, blocks_of

QUIET = ("disabled", "between_tools")


class Reply:
    def __init__(self, body: dict[str, Any], scene: Scene, said: list[Said], usage: dict[str, Any]) -> None:
        self._scene = scene
        self._said, self._stop_reason = said, scene.stop_reason
        self._text = "".join(part.words for part in said)
        if estimated_tokens(len(self._text)) > body["max_tokens"]:
            self._text, self._stop_reason = self._text[: int(body["max_tokens"] * CHARS_PER_TOKEN)], "max_tokens"
            self._said = [Said(self._text)]
        self._model = body["model"]
        self._usage = usage
        self.id = f"msg_demo_{uuid4().hex[:20]}"
        self.diagnostics: dict[str, Any] | None = None
        thinking = body.get("thinking") or {}
        self._thinking = "" if thinking.get("type") in QUIET else scene.thinking
        self._shown_thinking = self._thinking if thinking.get("display") == "summarized" else ""

    def message(self) -> dict[str, Any]:
        message = self._frame() | {"content": self._content(), "stop_reason": self._stop_reason}
        return message | self._ending() | {"usage": self._usage | self._output()}

    def events(self) -> Iterator[sse.Payload]:
        yield sse.message_start(self._frame() | {"usage": self._usage | {"output_tokens": 1}})
        yield sse.ping()
        for index, block in enumerate(self._content()):
            yield from sse.block(index, block)
        if not self._scene.ends_early:
            yield sse.message_delta(self._stop_reason, self._output(), **self._ending())
            yield sse.message_stop()

    def _content(self) -> list[dict[str, Any]]:
        content: list[dict[str, Any]] = []
        if self._thinking:
            signature = blake2b(self._thinking.encode(), digest_size=24).hexdigest()
            content.append({"type": "thinking", "thinking": self._shown_thinking, "signature": signature})
        for said in self._said:
            cited = {"citations": [said.citation]} if said.citation else {}
            content += [{"type": "text", "text": said.words} | cited] if said.words else []
        return content + list(self._scene.tools.blocks if self._scene.tools else ())

    def _frame(self) -> dict[str, Any]:
        frame = {"id": self.id, "type": "message", "role": "assistant", "model": self._model, "content": []}
        return frame | {"stop_reason": None, "stop_sequence": None, "diagnostics": self.diagnostics}

    def _ending(self) -> dict[str, Any]:
        """What is told beside the stop reason."""
        told: dict[str, Any] = {"stop_details": None}
        if self._stop_reason == "refusal":
            explanation = self._scene.refusal_explanation or None
            category = self._scene.refusal_category
            told["stop_details"] = {"type": "refusal", "category": category, "explanation": explanation}
        if self._scene.tools and self._scene.tools.container_id:
            told["container"] = {"id": self._scene.tools.container_id}
        return told

    def _output(self) -> dict[str, Any]:
        thinking = estimated_tokens(len(self._thinking))
        played = self._scene.tools
        chars = len(self._text) + (len(str(played.blocks)) if played else 0)
        usage = {"output_tokens": max(1, thinking + estimated_tokens(chars))}
        searches = {"server_tool_use": {"web_search_requests": played.web_searches}} if played else {}
        return usage | {"output_tokens_details": {"thinking_tokens": thinking}} | searches


def effort_told(body: dict[str, Any]) -> str:
    """What was asked for besides the question, so that a choice can be seen to arrive."""
    effort = (body.get("output_config") or {}).get("effort")
    is_quiet = (body.get("thinking") or {}).get("type") in QUIET
    told = [f"You asked for **{effort}** effort."] if effort else []
    told += ["You asked for an answer at once, without thinking first."] if is_quiet else []
    own = body["system"][1:] if isinstance(body.get("system"), list) else []  # the site's stand first
    told += [f"Your own instructions came along, with {len(block['text']):,} characters." for block in own]
    return "\n\n" + " ".join(told) if told else ""


def terms_of(body: dict[str, Any]) -> dict[str, str]:
    """On what terms it is answered, as `usage` tells."""
    return {
        "service_tier": "standard",
        "inference_geo": body.get("inference_geo", "global"),
        "speed": body.get("speed", "standard"),
    }


def said_in(scene: Scene, body: dict[str, Any]) -> list[Said]:
    """What the scene says. It may read files, so it belongs into a thread."""
    if scene.reads_files:
        return _files_answer(body["messages"])
    return [Said(scene.text + (effort_told(body) if scene.tells_effort else ""))]


def _files_answer(messages: list[dict[str, Any]]) -> list[Said]:
    """The last message's documents, cited, and its images, described."""
    blocks = blocks_of(messages[-1])
    said = read_aloud([block for block in blocks if block["type"] == "document"])
    images = [block for block in blocks if block["type"] == "image"]
    return [*said, Said(_image_answer(images) if images else texts.QUOTED)]


def _image_answer(images: list[dict[str, Any]]) -> str:
    facts = [described(b64decode(block["source"]["data"])) for block in images]
    if len(facts) == 1:
        return f"You sent {facts[0]}\n\n{texts.MEASURED}"
    listed = "\n".join(f"{number}. {fact[0].upper()}{fact[1:]}" for number, fact in enumerate(facts, 1))
    return f"You sent {len(facts)} images:\n\n{listed}\n\n{texts.MEASURED}"
