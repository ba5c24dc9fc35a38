"""From an Ask to the body of POST /v1/messages. Pure, and the same Ask gives the same bytes: caching lives on that."""

from base64 import b64encode
from typing import Any

from .ask import Ask, DocumentPart, Echo, ImagePart, Part, ServerTool, TextPart, ToolResult, ToolSpec, Utterance
from .caching import with_breakpoints
from .cards import ModelCard
from .catalogue import card
from .server_tools import definition_of
from .thinking import effort_of, thinking_of

# Results come directly behind the request that they answer, and what a text speaks of before the text. An answer's
# own blocks stay in their order.
_ORDER: dict[type[Part], int] = {ToolResult: 0, DocumentPart: 1, ImagePart: 2, TextPart: 3, Echo: 3}


def build_request(ask: Ask, *, caches: bool = True) -> dict[str, Any]:
    """Keyword arguments for the SDK's `messages.create`, without `stream`; with breakpoints unless told otherwise.

    An utterance that is left with nothing to say is skipped. Sampling parameters do not exist here: the API
    refuses them, even at their defaults.
    """
    model = card(ask.model)
    request: dict[str, Any] = {
        "model": ask.model,
        "max_tokens": ask.max_tokens,
        "messages": [message for utterance in ask.history if (message := _message(utterance))],
    }
    if system := [{"type": "text", "text": text} for text in (ask.system, ask.instructions) if text]:
        request["system"] = system
    if ask.tools:
        request["tools"] = sorted((_tool(tool, model) for tool in ask.tools), key=lambda tool: str(tool["name"]))
    if ask.container_id:
        request["container"] = ask.container_id
    if ask.person_key:
        request["metadata"] = {"user_id": ask.person_key}
    if ask.follows is not None:
        request["diagnostics"] = {"previous_message_id": ask.follows or None}
    if thinking := thinking_of(ask, model):
        request["thinking"] = thinking
    if output_config := _output_config(ask):
        request["output_config"] = output_config
    if not caches or ask.is_lone:
        return request
    return with_breakpoints(request, model, has_shared_head=ask.has_shared_head)


def _output_config(ask: Ask) -> dict[str, Any]:
    effort = effort_of(ask, card(ask.model))
    config: dict[str, Any] = {"effort": effort} if effort else {}
    if ask.answer_schema is not None:
        config["format"] = {"type": "json_schema", "schema": dict(ask.answer_schema)}
    return config


def _tool(tool: ToolSpec | ServerTool, model: ModelCard) -> dict[str, Any]:
    if isinstance(tool, ServerTool):
        return definition_of(tool, model)
    return {"name": tool.name, "description": tool.description, "input_schema": dict(tool.input_schema)}


def _message(utterance: Utterance) -> dict[str, Any] | None:
    blocks = [_block(part) for part in sorted(utterance.parts, key=lambda part: _ORDER[type(part)])]
    spoken = [block for block in blocks if block["type"] != "text" or block["text"].strip()]
    return {"role": utterance.role, "content": spoken} if spoken else None


def _block(part: Part) -> dict[str, Any]:
    match part:
        case TextPart(text=text):
            return {"type": "text", "text": text}
        case ImagePart(media_type=media_type, data=data):
            return {"type": "image", "source": _base64(media_type, data)}
        case DocumentPart():
            return _document(part)
        case ToolResult(tool_use_id=tool_use_id, text=text, is_error=is_error):
            result = {"type": "tool_result", "tool_use_id": tool_use_id, "content": text}
            return {**result, "is_error": True} if is_error else result
        case Echo(block=block):
            return block


def _document(part: DocumentPart) -> dict[str, Any]:
    if part.media_type == "text/plain":
        source = {"type": "text", "media_type": part.media_type, "data": part.data.decode()}
    else:
        source = _base64(part.media_type, part.data)
    return {"type": "document", "source": source, "title": part.title, "citations": {"enabled": part.cites}}


def _base64(media_type: str, data: bytes) -> dict[str, str]:
    return {"type": "base64", "media_type": media_type, "data": b64encode(data).decode("ascii")}
