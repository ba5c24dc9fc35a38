"""The SDK's clients for clouds, with credentials that may be missing or lapse: that is denied access like any other.

The credentials themselves are found and renewed by each cloud's own library, from its own places.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import anthropic
import httpx2
from anthropic import AsyncAnthropicBedrock, AsyncAnthropicBedrockMantle, AsyncAnthropicFoundry, AsyncAnthropicVertex
from django.conf import settings

from .providers import is_framed

log = logging.getLogger(__name__)


class NoCredentials(anthropic.APIConnectionError):
    """The request was not sent: nothing was found to sign it with, or it could not be renewed."""


class _Bedrock(AsyncAnthropicBedrock):
    async def _prepare_request(self, request: httpx2.Request) -> None:
        with _signing(request):
            await super()._prepare_request(request)


class _Mantle(AsyncAnthropicBedrockMantle):
    async def _prepare_request(self, request: httpx2.Request) -> None:
        with _signing(request):
            await super()._prepare_request(request)


class _Vertex(AsyncAnthropicVertex):
    async def _prepare_request(self, request: httpx2.Request) -> None:
        with _signing(request):
            await super()._prepare_request(request)


def cloud_client(**options: Any) -> AsyncAnthropicBedrock | _Mantle | _Vertex | AsyncAnthropicFoundry | None:
    """The client of the cloud that the settings name, with these options; None where it is no cloud."""
    match settings.CLAUDE_PROVIDER:
        case "bedrock":
            region, token = settings.AWS_REGION or None, settings.AWS_BEARER_TOKEN_BEDROCK or None
            if is_framed():
                address = settings.ANTHROPIC_BEDROCK_BASE_URL or None
                return _Bedrock(aws_region=region, api_key=token, base_url=address, **options)
            address = settings.ANTHROPIC_BEDROCK_MANTLE_BASE_URL or None
            return _Mantle(aws_region=region, api_key=token, base_url=address, **options)
        case "vertex":
            address = settings.ANTHROPIC_VERTEX_BASE_URL or None
            region, project = settings.CLOUD_ML_REGION, settings.ANTHROPIC_VERTEX_PROJECT_ID
            return _Vertex(region=region, project_id=project, base_url=address, **options)
        case "foundry":
            resource, address = settings.ANTHROPIC_FOUNDRY_RESOURCE, settings.ANTHROPIC_FOUNDRY_BASE_URL
            address = address or f"https://{resource}.services.ai.azure.com/anthropic/"
            return AsyncAnthropicFoundry(api_key=settings.ANTHROPIC_FOUNDRY_API_KEY, base_url=address, **options)
    return None


def cloud_access() -> tuple[str, ...]:
    """The settings that decide on the access to a cloud; none where the site asks none."""
    match settings.CLAUDE_PROVIDER:
        case "bedrock":
            addresses = settings.ANTHROPIC_BEDROCK_MANTLE_BASE_URL, settings.ANTHROPIC_BEDROCK_BASE_URL
            own = settings.BEDROCK_ENDPOINT, settings.AWS_REGION, settings.AWS_BEARER_TOKEN_BEDROCK
            return ("bedrock", *addresses, *own)
        case "vertex":
            where = settings.CLOUD_ML_REGION, settings.ANTHROPIC_VERTEX_PROJECT_ID
            return ("vertex", settings.ANTHROPIC_VERTEX_BASE_URL, *where)
        case "foundry":
            addresses = settings.ANTHROPIC_FOUNDRY_RESOURCE, settings.ANTHROPIC_FOUNDRY_BASE_URL
            return ("foundry", *addresses, settings.ANTHROPIC_FOUNDRY_API_KEY)
    return ()


@contextmanager
def _signing(request: httpx2.Request) -> Iterator[None]:
    """Each library has errors of its own, and some of them are bare: which one it was is told by its name alone."""
    try:
        yield
    except Exception as error:
        if type(error).__name__ in ("TransportError", "EndpointConnectionError", "ConnectTimeoutError"):
            raise anthropic.APIConnectionError(request=request) from error  # whoever renews them was not reached
        facts = {"provider": settings.CLAUDE_PROVIDER, "error_type": type(error).__name__}
        log.warning("no credentials for claude", extra=facts)
        raise NoCredentials(message=type(error).__name__, request=request) from error
