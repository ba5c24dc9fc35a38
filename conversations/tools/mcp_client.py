"""One call to a server of tools, by the Model Context Protocol. Of all rooms this file alone knows the `mcp` package,
which is optional: import it only where `servers.is_installed()`.

A session is made for each call: nothing is kept open for people who may never ask again, and a server that was
restarted is simply found again.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
from mcp import StdioServerParameters
from mcp.client.client import Client
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from conversations.tools.guarded import GuardedTransport
from conversations.tools.tool import ToolFailed

CONNECT_S = 20.0  # a command may have to start a program first
READ_S = 120.0  # longer than any call may take
MAX_PAGES = 10


class Unreachable(Exception):
    """Says in a word what went wrong: no words of the server's."""


@dataclass(frozen=True, slots=True)
class Link:
    """How to reach a server: by a `command`, or at an `address`."""

    address: str = ""
    command: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    may_be_private: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    name: str
    description: str
    input_schema: Mapping[str, Any]


async def list_tools(link: Link) -> list[Listed]:
    """All that it has. Raises Unreachable."""
    found: list[Listed] = []
    async with _connected(link) as client:
        cursor = None
        for _ in range(MAX_PAGES):
            page = await client.list_tools(cursor=cursor)
            found += [Listed(tool.name, tool.description or "", tool.input_schema) for tool in page.tools]
            cursor = page.next_cursor
            if not cursor:
                break
    return found


async def call_tool(link: Link, name: str, given: Mapping[str, Any]) -> str:
    """What the tool told, as text. Raises ToolFailed when it says that it failed, and Unreachable."""
    failure, told = "", ""
    async with _connected(link) as client:
        try:
            result = await client.call_tool(name, dict(given))
        except MCPError as error:
            failure = f"The server declined: {error.error.message}"
        else:
            told = "\n".join(_words(part) for part in result.content)
            failure = (told or "The tool failed.") if result.is_error else ""
    if failure:
        raise ToolFailed(failure)
    return told


@asynccontextmanager
async def _connected(link: Link) -> AsyncIterator[Client]:
    try:
        async with AsyncExitStack() as stack:
            async with asyncio.timeout(CONNECT_S):
                client = await stack.enter_async_context(Client(await _transport(link, stack)))
            yield client
    except Exception as error:
        raise Unreachable(_reason(error)) from error


async def _transport(link: Link, stack: AsyncExitStack) -> Any:
    if link.command:
        program, *arguments = link.command
        # What it writes to its standard error may hold words, which no log of ours may.
        errors = stack.enter_context(open(os.devnull, "w"))  # noqa: ASYNC230, SIM115  (the null device never blocks; the stack closes it)
        return stdio_client(
            StdioServerParameters(command=program, args=arguments, env=dict(link.variables)), errlog=errors
        )
    http = httpx2.AsyncClient(
        headers=dict(link.headers),
        timeout=httpx2.Timeout(CONNECT_S, read=READ_S),
        transport=GuardedTransport(may_be_private=link.may_be_private),
        trust_env=False,
    )
    return streamable_http_client(link.address, http_client=await stack.enter_async_context(http))


def _words(part: Any) -> str:
    """Text as it is; of anything else that it came."""
    for holder in (part, getattr(part, "resource", None)):
        text = getattr(holder, "text", None)
        if isinstance(text, str):
            return text
    return f"[A part of kind {part.type}, which is not shown to Claude.]"


def _reason(error: BaseException) -> str:
    """Task groups wrap what was raised in them."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, TimeoutError):
        return f"no answer within {CONNECT_S:g} seconds"
    if isinstance(error, MCPError):
        return f"it declined the connection ({error.error.code})"
    return str(error) if isinstance(error, httpx2.ConnectError) and str(error) else type(error).__name__
