"""How many tokens an ask takes: about, at no cost; or as the API counts, for one request that is free."""

import asyncio
from functools import partial
from typing import Any

from django.conf import settings

from .access import with_key
from .ask import Ask, DocumentPart, Echo, ImagePart, Part, TextPart, ToolResult
from .catalogue import card
from .client import open_client
from .counts import CHARS_PER_TOKEN, estimated_tokens
from .errors import ClaudeError
from .keys import authorization
from .providers import Lack, lacks, their_id
from .request import build_request
from .tokens import TOKENS_PER_PAGE
from .whole import within

COUNTED = ("model", "messages", "system", "tools", "thinking", "output_config")


def about_tokens(ask: Ask) -> int:
    """Of the whole prompt. English comes out right; scripts of denser letters can take four times as much."""
    most_of_an_image = card(ask.model).max_image_tokens
    parts = [part for utterance in ask.history for part in utterance.parts]
    images = sum(isinstance(part, ImagePart) for part in parts)
    chars = len(ask.system) + len(ask.instructions) + sum(map(_chars, parts)) + len(str(ask.tools))
    return estimated_tokens(chars) + images * most_of_an_image


def _chars(part: Part) -> int:
    match part:
        case TextPart(text=text) | ToolResult(text=text):
            return len(text)
        case Echo(block=block):
            return len(str(block))
        case DocumentPart(data=data, pages=pages) if pages:
            return min(len(data), round(pages * TOKENS_PER_PAGE * CHARS_PER_TOKEN))  # most of its bytes are no words
        case DocumentPart(data=data):
            return len(data)
        case ImagePart():
            return 0


async def counted_tokens(ask: Ask) -> int | None:
    """As the API counts them; None when it does not tell."""
    try:
        return None if lacks(Lack.COUNTING) else await count(ask)
    except ClaudeError:
        return None


async def count(ask: Ask) -> int:
    """As the API counts them, at no cost. Raises ClaudeError."""
    request = await asyncio.to_thread(build_request, ask)
    counted = {name: request[name] for name in COUNTED if name in request} | {"model": their_id(ask.model)}
    async with within(settings.CLAUDE_FIRST_BYTE_S, model=ask.model):
        return await with_key(partial(_count, counted), model=ask.model)


async def _count(request: dict[str, Any], key: str) -> int:
    client = await open_client()
    told = await client.messages.count_tokens(**request, extra_headers=authorization(key))
    return int(told.input_tokens)
