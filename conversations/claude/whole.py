"""Requests whose answer is read as a whole: lists, batches, counts, bills."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import InvalidOperation

import anthropic
import httpx2

from .failures import failure, from_sdk

OF_ANOTHER_SHAPE = (AttributeError, InvalidOperation, KeyError, TypeError, ValueError)


@asynccontextmanager
async def within(seconds: float, *, model: str = "") -> AsyncIterator[None]:
    """Whatever goes wrong leaves as a ClaudeError. `model` is the one that is asked, if any."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise failure("timeout_first_byte") from error
    except (anthropic.APIError, httpx2.HTTPError) as error:
        raise from_sdk(error, model=model) from error
    except OF_ANOTHER_SHAPE as error:
        raise failure("protocol") from error
