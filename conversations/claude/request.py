"""From an Ask to the body of POST /v1/messages. Pure, and the same Ask gives the same bytes: caching lives on that."""

from base64 import b64encode
from typing import Any

from .ask import Ask, ImagePart, Part, TextPart, Utterance
from .catalogue import card


def build_request(ask: Ask) -> dict[str, Any]:
    """Keyword arguments for the SDK's `messages.create`, without `stream`.

    An utterance that is left with nothing to say is skipped. Sampling parameters do not exist here: the API
    refuses them, even at their defaults.
    """
    request: dict[str, Any] = {
        "model": ask.model,
        "max_tokens": ask.max_tokens,
        "messages": [message for utterance in ask.history if (message := _message(utterance))],
        "cache_control": {"type": "ephemeral"},  # the breakpoint moves with the end of the chat
    }
    if ask.system:
        request["system"] = [{"type": "text", "text": ask.system}]
    if ask.person_key:
        request["metadata"] = {"user_id": ask.person_key}
    if card(ask.model).thinks:
        # These models think anyway, at the same price; without this the thinking would stay hidden.
        request["thinking"] = {"type": "adaptive", "display": "summarized"}
    return request


def _message(utterance: Utterance) -> dict[str, Any] | None:
    images = [_block(part) for part in utterance.parts if isinstance(part, ImagePart)]
    texts = [_block(part) for part in utterance.parts if isinstance(part, TextPart) and part.text.strip()]
    # The API wants images before the text that speaks of them.
    return {"role": utterance.role, "content": [*images, *texts]} if images or texts else None


def _block(part: Part) -> dict[str, Any]:
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    data = b64encode(part.data).decode("ascii")
    return {"type": "image", "source": {"type": "base64", "media_type": part.media_type, "data": data}}
