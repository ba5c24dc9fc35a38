"""The tools of the servers that the owner added, as tools of this site."""

import logging
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db.models.functions import Now

from conversations.models import ServedTool, ToolServer, Transport
from conversations.tools.tool import Caller, ToolFailed

if TYPE_CHECKING:
    from conversations.tools.mcp_client import Link

log = logging.getLogger(__name__)

LIMIT_S = 60.0
MAX_DESCRIPTION_CHARS = 2_000  # in every request, so a server must not make it long


@cache
def is_installed() -> bool:
    return find_spec("mcp") is not None


def served_tools() -> list["ToolOfServer"]:
    """Those that Claude may use now."""
    return [ToolOfServer(row) for row in ServedTool.objects.on_offer()] if is_installed() else []


class ToolOfServer:
    """One row. A server that cannot be reached is noted: its tools are left out for a while."""

    limit_s = LIMIT_S

    def __init__(self, row: ServedTool) -> None:
        self.name = row.called
        self.description = row.description[:MAX_DESCRIPTION_CHARS]
        self.input_schema: Mapping[str, Any] = row.input_schema
        self.asks_first = row.asks_first
        self._row = row

    async def run(self, given: Mapping[str, Any], caller: Caller) -> str:
        """The person and the conversation stay here: the server learns the input and nothing else."""
        from conversations.tools import mcp_client  # optional

        server = self._row.server
        try:
            told = await mcp_client.call_tool(link_to(server), self._row.name, given)
        except mcp_client.Unreachable as error:
            await sync_to_async(note_answer)(server, fault=str(error))
            raise ToolFailed(f"The server {server.name} does not answer.") from error
        if server.fault:
            await sync_to_async(note_answer)(server)
        return told


def link_to(server: ToolServer) -> "Link":
    from conversations.tools.mcp_client import Link  # optional

    secret = settings.MCP_SECRETS.get(server.secret_variable, "")
    if server.transport == Transport.COMMAND:
        variables = {server.secret_variable.removeprefix("MCP_SECRET_"): secret} if secret else {}
        return Link(command=tuple(server.words_of_command), variables=variables)
    headers = {server.header: secret} if secret else {}
    return Link(server.address, headers=headers, may_be_private=settings.MCP_PRIVATE_ADDRESSES)


def note_answer(server: ToolServer, *, fault: str = "") -> None:
    if fault:
        log.warning("tool server does not answer", extra={"server": server.pk})
    server.fault = fault[:200]
    ToolServer.objects.filter(pk=server.pk).update(fault=server.fault, asked_at=Now())
