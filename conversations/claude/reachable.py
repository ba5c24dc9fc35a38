"""Whether the key works and which models it reaches, for the operator."""

import asyncio

import anthropic
import httpx2
from django.conf import settings

from .client import open_client
from .failures import failure, from_sdk


async def reachable_models() -> list[str]:
    """Ids of the models that this site's key may use, newest first. Raises ClaudeError."""
    client = await open_client()
    try:
        async with asyncio.timeout(settings.CLAUDE_FIRST_BYTE_S):
            return [model.id async for model in client.models.list(limit=1000)]
    except TimeoutError as error:
        raise failure("timeout_first_byte") from error
    except (anthropic.APIError, httpx2.HTTPError) as error:
        raise from_sdk(error) from error
