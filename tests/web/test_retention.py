"""What people are told of how long their chats are kept."""

from typing import Any

import pytest
from django.test import Client

from conversations.models import Conversation, PeopleGroup, User

PAGES = ("/", "/sidebar/", "/archived/")


@pytest.mark.parametrize("page", PAGES)
def test_where_chats_are_kept_for_ever_nothing_is_said(alice_client: Client, page: str) -> None:
    assert "Chats are deleted" not in alice_client.get(page).text


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(("days", "said"), [(30, "30 days"), (1, "1 day")])
def test_the_list_says_when_chats_are_deleted(
    alice_client: Client, settings: Any, page: str, days: int, said: str
) -> None:
    settings.RETENTION_DAYS = days

    assert f"Chats are deleted {said} after their last message." in alice_client.get(page).text


def test_people_of_a_group_read_its_own_number(
    alice: User, alice_client: Client, ben_client: Client, settings: Any
) -> None:
    settings.RETENTION_DAYS = 30
    alice.group = PeopleGroup.objects.create(name="Interns", retention_days=7)
    alice.save()

    assert "deleted 7 days after" in alice_client.get("/").text
    assert "deleted 30 days after" in ben_client.get("/").text

    PeopleGroup.objects.update(retention_days=0)
    assert "Chats are deleted" not in alice_client.get("/").text


def test_it_is_said_on_every_page_with_the_list_once(alice: User, alice_client: Client, settings: Any) -> None:
    settings.RETENTION_DAYS = 30
    chat = Conversation.objects.create(owner=alice, model="x")

    assert "Archived chats, too, are deleted 30 days after their last message." in alice_client.get("/archived/").text
    for page in ("/archived/", f"/c/{chat.pk}/", "/usage/"):
        assert alice_client.get(page).text.count("Chats are deleted") == 1
