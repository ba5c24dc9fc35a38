"""Renaming, pinning and archiving chats: what the list shows, and whose they are."""

import re

import pytest
from django.test import Client

from conversations.models import Conversation, User
from tests.refusals.declining import HTMX


@pytest.fixture
def chats(alice: User) -> list[Conversation]:
    """Oldest first."""
    return [Conversation.objects.create(owner=alice, title=title, model="x") for title in ("Tides", "Fjords", "Bays")]


def post(client: Client, chat: Conversation, what: str, **fields: str) -> str:
    headers = HTMX | {"HX-Current-URL": f"http://testserver/c/{chat.pk}/"}
    response = client.post(f"/c/{chat.pk}/{what}/", fields, headers=headers)
    assert response.status_code == 200
    return str(response.text)


def listed(page: str) -> list[str]:
    """Headings and chats as they stand in the list, from the top."""
    return re.findall(r'class="(?:day__label|chat-link)"[^>]*>(.*?)<', page)


def test_a_new_name_is_the_persons_own_and_stands_everywhere(alice_client: Client, chats: list[Conversation]) -> None:
    page = post(alice_client, chats[0], "rename", title="  Spring\n tides ")

    chats[0].refresh_from_db()
    assert (chats[0].title, chats[0].is_named) == ("Spring tides", True)
    assert "Spring tides" in listed(page)
    assert '<h1 id="heading" hx-swap-oob="innerHTML">Spring tides</h1>' in page
    assert "<title>Spring tides" in page


def test_a_name_of_nothing_changes_nothing_and_a_long_one_is_cut(
    alice_client: Client, chats: list[Conversation]
) -> None:
    post(alice_client, chats[0], "rename", title=" \x00 ")
    chats[0].refresh_from_db()
    assert (chats[0].title, chats[0].is_named) == ("Tides", False)

    post(alice_client, chats[0], "rename", title="x" * 500)
    chats[0].refresh_from_db()
    assert chats[0].title == "x" * 80


def test_pinned_chats_come_first_until_they_are_not(alice_client: Client, chats: list[Conversation]) -> None:
    assert listed(post(alice_client, chats[0], "pin")) == ["Pinned", "Tides", "Today", "Bays", "Fjords"]
    assert listed(post(alice_client, chats[0], "unpin")) == ["Today", "Bays", "Fjords", "Tides"]


def test_an_archived_chat_leaves_the_list_and_can_be_read_and_taken_back(
    alice_client: Client, chats: list[Conversation]
) -> None:
    post(alice_client, chats[0], "pin")

    page = post(alice_client, chats[0], "archive")

    assert listed(page) == ["Today", "Bays", "Fjords"]
    assert "Take out of the archive" in page
    assert alice_client.get(f"/c/{chats[0].pk}/").status_code == 200
    archived = alice_client.get("/archived/").text
    assert "Tides" in archived[archived.index('id="main"') :]
    assert listed(post(alice_client, chats[0], "unarchive")) == ["Today", "Bays", "Fjords", "Tides"]


def test_an_empty_archive_says_what_it_is_for(alice_client: Client) -> None:
    assert "Chats that you archive are kept here" in alice_client.get("/archived/").text


@pytest.mark.parametrize("what", ["rename", "pin", "unpin", "archive", "unarchive"])
def test_nobody_else_can(ben_client: Client, chats: list[Conversation], what: str) -> None:
    assert ben_client.post(f"/c/{chats[0].pk}/{what}/", {"title": "Mine"}).status_code == 404


@pytest.mark.parametrize("what", ["rename", "pin"])
def test_without_script_the_chat_is_shown_again(alice_client: Client, chats: list[Conversation], what: str) -> None:
    response = alice_client.post(f"/c/{chats[0].pk}/{what}/", {"title": "Spring tides"})

    assert (response.status_code, response["Location"]) == (303, f"/c/{chats[0].pk}/")
