"""/admin/conversations/toolswitch/: which tools Claude may use, and what that means."""

from typing import Any

import pytest
from django.test import Client

from conversations.models import ToolSwitch
from conversations.tools.registry import toolbox
from tests.admin.conftest import StaffWith

ADDRESS = "/admin/conversations/toolswitch/"


def switch(client: Client, changed: str, *, is_on: bool) -> Any:
    """Save the list as a browser sends it, with one row changed."""
    rows = list(client.get(ADDRESS).context["cl"].result_list)
    sent: dict[str, Any] = {"form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": len(rows), "_save": "Save"}
    for place, row in enumerate(rows):
        sent[f"form-{place}-name"] = row.pk
        sent |= {f"form-{place}-is_on": "on"} if (is_on if row.pk == changed else row.is_on) else {}
    return client.post(ADDRESS, sent, follow=True)


def test_the_list_has_every_tool_with_costs_and_where_words_go(cleo_client: Client) -> None:
    page = cleo_client.get(ADDRESS).text

    for words in (
        "Calculator",
        "Search own chats",
        "Web search",
        "Code execution",
        "$10 for 1,000 searches",
        "the ledger lacks them",
        "goes to the vendor&#x27;s search engine",
    ):
        assert words in page


def test_a_switch_counts_at_once(cleo_client: Client) -> None:
    switch(cleo_client, "web_search", is_on=True)
    assert "web_search" in toolbox().names

    switch(cleo_client, "calculator", is_on=False)
    assert "calculator" not in toolbox().names
    assert "web_search" in toolbox().names, "saving one leaves the others as they are"


def test_domains_are_for_tools_of_the_web_and_are_checked(cleo_client: Client) -> None:
    cleo_client.get(ADDRESS)
    assert "Allowed domains" not in cleo_client.get(f"{ADDRESS}clock/change/").text
    assert "Allowed domains" in cleo_client.get(f"{ADDRESS}web_fetch/change/").text

    both = {"is_on": "on", "allowed_domains": "a.example", "blocked_domains": "b.example", "max_uses": ""}
    page = cleo_client.post(f"{ADDRESS}web_fetch/change/", both).text
    assert "Name allowed domains or blocked ones, not both" in page
    cleo_client.post(f"{ADDRESS}web_fetch/change/", both | {"blocked_domains": "", "max_uses": "2"})

    assert toolbox().server_tools[0].options["allowed_domains"] == ["a.example"]
    assert "2 uses" in cleo_client.get(ADDRESS).text


def test_a_tool_that_is_gone_is_not_listed(cleo_client: Client) -> None:
    ToolSwitch.objects.create(name="abacus", is_on=True)

    assert "Abacus" not in cleo_client.get(ADDRESS).text


@pytest.mark.parametrize("page", ["add/", "clock/delete/"])
def test_nobody_adds_or_deletes_a_tool(cleo_client: Client, page: str) -> None:
    cleo_client.get(ADDRESS)

    assert cleo_client.get(f"{ADDRESS}{page}").status_code == 403


def test_whoever_may_only_look_only_looks(staff_with: StaffWith) -> None:
    client = staff_with("view_toolswitch")

    assert "Save" not in client.get(ADDRESS).text
    assert client.post(f"{ADDRESS}web_search/change/", {"is_on": "on"}).status_code == 403
