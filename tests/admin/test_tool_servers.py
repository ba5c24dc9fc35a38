"""/admin/conversations/toolserver/: servers of tools, and which of their tools are let in."""

import shlex
import sys
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from conversations.models import ToolServer
from conversations.tools.registry import toolbox
from tests.admin.conftest import StaffWith

ADDRESS = "/admin/conversations/toolserver/"
PROGRAM = shlex.join([sys.executable, "-m", "tests.servers.program"])
FORM = {"name": "wiki", "transport": "command", "address": "", "command": PROGRAM, "is_on": "on"}
SECRET = {"secret_variable": "", "header": "Authorization"}


@pytest.fixture(autouse=True)
def allowed(settings: Settings) -> None:
    settings.MCP_COMMANDS = True


def inline(server: ToolServer, *on: str) -> dict[str, Any]:
    rows = list(server.tools.all())
    sent: dict[str, Any] = {"tools-TOTAL_FORMS": len(rows), "tools-INITIAL_FORMS": len(rows)}
    for place, row in enumerate(rows):
        sent |= {f"tools-{place}-id": row.pk, f"tools-{place}-server": server.pk}
        sent |= {f"tools-{place}-is_on": "on"} if row.name in on else {}
    return sent


@pytest.mark.django_db(transaction=True)
def test_a_server_is_added_listed_and_let_in_tool_by_tool(cleo_client: Client) -> None:
    page = cleo_client.post(f"{ADDRESS}add/", FORM | SECRET, follow=True).text

    assert "The server wiki answers. New, and off: add, fail, flood, secret, shout, sleep." in page
    assert "Says the words in capitals." in page
    server = ToolServer.objects.get()
    page = cleo_client.post(f"{ADDRESS}{server.pk}/change/", FORM | SECRET | inline(server, "shout"), follow=True).text
    assert "Its tools are as before." in page
    assert "1 of 6" in page
    assert [tool.name for tool in toolbox().tools if "__" in tool.name] == ["wiki__shout"]


def test_a_server_that_does_not_answer_is_kept_and_said(cleo_client: Client) -> None:
    page = cleo_client.post(f"{ADDRESS}add/", FORM | SECRET | {"command": "/no/such/program"}, follow=True).text

    assert "The server wiki does not answer: FileNotFoundError." in page
    assert "did not answer (FileNotFoundError)" in cleo_client.get(ADDRESS).text


def test_a_command_needs_the_operator_s_word(cleo_client: Client, settings: Settings) -> None:
    settings.MCP_COMMANDS = False

    page = cleo_client.post(f"{ADDRESS}add/", FORM | SECRET).text

    assert "allows them by MCP_COMMANDS=1" in page
    assert not ToolServer.objects.exists()


def test_whoever_may_only_look_only_looks(staff_with: StaffWith) -> None:
    server = ToolServer.objects.create(name="wiki", address="https://a.example")
    client = staff_with("view_toolserver")

    assert "https://a.example" in client.get(ADDRESS).text
    assert client.post(f"{ADDRESS}{server.pk}/change/", FORM | SECRET).status_code == 403
    assert client.get(f"{ADDRESS}add/").status_code == 403
