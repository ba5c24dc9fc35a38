"""A small server of tools: `-m tests.servers.program` speaks over its standard streams, with a port over HTTP."""

import os
import sys
import time

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

server = MCPServer("demo")


@server.tool()
def shout(words: str) -> str:
    """Says the words in capitals.

    Use it for whatever is to be loud.
    """
    return words.upper()


@server.tool()
def add(left: int, right: int) -> int:
    """Adds two numbers."""
    return left + right


@server.tool()
def secret() -> str:
    """Tells the variable that it was given, and whether others came along."""
    return f"{os.environ.get('WIKI')} {os.environ.get('MCP_SECRET_WIKI')} {os.environ.get('SECRET_KEY')}"


@server.tool()
def fail() -> str:
    """Fails."""
    raise ToolError("There is no such page.")


@server.tool()
def flood() -> str:
    """A lot of words."""
    return "word " * 20_000


@server.tool()
def sleep() -> str:
    """Takes its time."""
    time.sleep(30)
    return "at last"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
    else:
        server.run("stdio")
