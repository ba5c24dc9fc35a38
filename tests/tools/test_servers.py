"""Servers of tools that the owner adds, as real processes over both transports."""

import asyncio
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import ValidationError
from pytest_django import Settings

from conversations.models import ServedTool, ToolServer, Transport
from conversations.models.tool_servers import RETRY_AFTER
from conversations.tools import servers
from conversations.tools.calls import Call, Outcome, outcome_of
from conversations.tools.listing import refresh
from conversations.tools.registry import on_offer, toolbox
from conversations.tools.tool import Caller

pytestmark = pytest.mark.django_db(transaction=True)

PROGRAM = shlex.join([sys.executable, "-m", "tests.servers.program"])
DESCRIBED = {"description": "Does something.", "input_schema": {"type": "object"}}
TOOLS = ["add", "fail", "flood", "secret", "shout", "sleep"]


@pytest.fixture(autouse=True)
def allowed(settings: Settings) -> None:
    settings.MCP_COMMANDS = settings.MCP_PRIVATE_ADDRESSES = True
    settings.MCP_SECRETS = {"MCP_SECRET_WIKI": "swordfish"}


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.servers.program", str(port)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except ConnectionRefusedError:
            time.sleep(0.05)
    yield f"http://127.0.0.1:{port}/mcp"
    process.terminate()
    process.wait(30)


@pytest.fixture(params=["http", "command"])
def server(request: pytest.FixtureRequest) -> ToolServer:
    if request.param == "http":
        return ToolServer.objects.create(name="wiki", address=request.getfixturevalue("address"))
    return by_command()


def by_command(command: str = PROGRAM, **more: Any) -> ToolServer:
    return ToolServer.objects.create(name="wiki", transport=Transport.COMMAND, command=command, **more)


def let_in(server: ToolServer, *names: str) -> None:
    for name in names:
        row, _ = server.tools.get_or_create(name=name, defaults=DESCRIBED)
        ServedTool.objects.filter(pk=row.pk).update(is_on=True, asks_first=False)


def called(name: str, **given: Any) -> Outcome:
    return async_to_sync(outcome_of)(Call("toolu_1", name, given), toolbox().tools, Caller(7, uuid4()))


def test_its_tools_are_listed_off_and_run_once_they_are_on(server: ToolServer) -> None:
    changes = refresh(server)

    assert changes is not None, server.fault
    assert list(changes.new) == TOOLS
    assert "wiki__shout" not in toolbox().names
    let_in(server, "shout", "add")
    (spec,) = [tool for tool in toolbox().tools if tool.name == "wiki__shout"]
    assert spec.description.startswith("Says the words in capitals.")
    assert spec.input_schema["required"] == ["words"]
    assert ("wiki__shout", "Says the words in capitals.") in [(name, about.does) for name, about in on_offer()]
    assert (called("wiki__shout", words="ahoy").text, called("wiki__add", left=2, right=3).text) == ("AHOY", "5")


def test_limits_and_failures_are_those_of_every_tool(server: ToolServer, monkeypatch: pytest.MonkeyPatch) -> None:
    let_in(server, "flood", "fail", "sleep")

    flood, failed = called("wiki__flood"), called("wiki__fail")
    monkeypatch.setattr(servers.ToolOfServer, "limit_s", 2.0)
    slow = called("wiki__sleep")

    assert flood.was_cut
    assert len(flood.text.encode()) <= 16 * 1024
    assert (failed.is_error, "There is no such page." in failed.text) == (True, True)
    assert (slow.is_error, "did not end within 2 seconds" in slow.text) == (True, True)


def test_a_secret_goes_to_its_server_alone_and_nothing_else_does() -> None:
    let_in(by_command(secret_variable="MCP_SECRET_WIKI"), "secret")

    assert called("wiki__secret").text == "swordfish None None"


def test_a_header_carries_the_secret(settings: Settings) -> None:
    server = ToolServer(name="wiki", address="https://a.example", secret_variable="MCP_SECRET_WIKI", header="X-Key")

    assert servers.link_to(server).headers == {"X-Key": "swordfish"}


@pytest.mark.parametrize("command", ["/no/such/program", f"{sys.executable} -c pass"])
def test_a_dead_server_is_noted_and_its_tools_are_left_out_for_a_while(command: str) -> None:
    server = by_command()
    let_in(server, "shout")
    ToolServer.objects.update(command=command)

    assert called("wiki__shout", words="ahoy").text == "The server wiki does not answer."

    server.refresh_from_db()
    assert server.fault
    assert server.asked_at
    assert "wiki__shout" not in toolbox().names
    ToolServer.objects.update(asked_at=server.asked_at - 2 * RETRY_AFTER)
    assert "wiki__shout" in toolbox().names, "it may be tried again"
    ToolServer.objects.update(command=PROGRAM)
    assert called("wiki__shout", words="ahoy").text == "AHOY"
    server.refresh_from_db()
    assert server.fault == ""


def test_a_server_that_cannot_be_listed_keeps_what_was_known() -> None:
    server = by_command()
    let_in(server, "shout")
    server.command = "/no/such/program"

    assert refresh(server) is None
    assert server.fault == "FileNotFoundError"
    assert server.tools.count() == 1


def test_a_tool_that_is_described_otherwise_is_off_again() -> None:
    server = by_command()
    refresh(server)
    let_in(server, "shout", "add")
    server.tools.filter(name="shout").update(description="Says the words.")
    server.tools.create(name="whisper", description="", input_schema={"type": "object"}, is_on=True)

    changes = refresh(server)

    assert changes is not None
    assert (changes.new, changes.gone, changes.changed) == ((), ("whisper",), ("shout",))
    assert list(server.tools.filter(is_on=True).values_list("name", flat=True)) == ["add"]


def test_private_addresses_are_refused_unless_the_operator_allows_them(address: str, settings: Settings) -> None:
    settings.MCP_PRIVATE_ADDRESSES = False
    server = ToolServer.objects.create(name="wiki", address=address.replace("127.0.0.1", "localhost"))

    assert refresh(server) is None
    assert "its address is private" in server.fault


def test_commands_count_only_while_the_operator_allows_them(settings: Settings) -> None:
    server = by_command()
    let_in(server, "shout")
    assert "wiki__shout" in toolbox().names

    settings.MCP_COMMANDS = False

    assert "wiki__shout" not in toolbox().names
    with pytest.raises(ValidationError, match="MCP_COMMANDS=1"):
        server.full_clean()


@pytest.mark.parametrize(
    "facts",
    [
        {"address": ""},
        {"address": "ftp://a.example"},
        {"name": "Wiki Pages"},
        {"secret_variable": "ANTHROPIC_API_KEY"},
        {"header": "X: y\nZ"},
        {"transport": Transport.COMMAND, "command": ""},
        {"transport": Transport.COMMAND, "command": "run 'it"},
    ],
)
def test_what_makes_no_sense_is_not_saved(facts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ToolServer(**({"name": "wiki", "address": "https://a.example"} | facts)).full_clean()


def test_a_name_fits_the_api() -> None:
    tool = ServedTool(server=ToolServer(name="wiki"), name="pages/read.all" + "x" * 80)

    assert tool.called.startswith("wiki__pages_read_allxxx")
    assert len(tool.called) == 64


def test_calls_side_by_side_have_a_session_each() -> None:
    let_in(by_command(), "add")
    box = toolbox().tools

    async def both() -> list[Outcome]:
        calls = (Call(f"toolu_{n}", "wiki__add", {"left": n, "right": n}) for n in range(3))
        return await asyncio.gather(*(outcome_of(call, box, Caller(7, uuid4())) for call in calls))

    assert [outcome.text for outcome in async_to_sync(both)()] == ["0", "2", "4"]
