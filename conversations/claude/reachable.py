"""Whether the key works and which models it reaches, for the operator."""

import anthropic
import httpx2

from .client import open_client
from .failures import from_sdk


async def reachable_models() -> list[str]:
    """Ids of the models that this site's key may use, newest first. Raises ClaudeError."""
    client = await open_client()
    try:
        return [model.id async for model in client.models.list(limit=1000)]
    except (anthropic.APIError, httpx2.HTTPError) as error:
        raise from_sdk(error) from error
