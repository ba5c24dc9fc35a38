"""How long a group's chats are kept, as the owner says in the admin."""

from typing import Any

import pytest
from django.test import Client

from conversations.models import AuditEntry, PeopleGroup, User


@pytest.fixture
def address(alice: User) -> str:
    alice.group = PeopleGroup.objects.create(name="Interns")
    alice.save()
    return f"/admin/conversations/peoplegroup/{alice.group.pk}/change/"


@pytest.mark.parametrize(("typed", "days", "of_alice"), [("7", 7, 7), ("0", 0, 0), ("", None, 30)])
def test_the_owner_gives_a_group_its_own_number(
    cleo_client: Client, alice: User, address: str, settings: Any, typed: str, days: int | None, of_alice: int
) -> None:
    settings.RETENTION_DAYS = 30

    assert cleo_client.post(address, {"name": "Interns", "retention_days": typed}).status_code == 302

    assert PeopleGroup.objects.get().retention_days == days
    assert User.objects.get(pk=alice.pk).retention_days == of_alice


def test_the_form_says_what_it_does(cleo_client: Client, address: str) -> None:
    assert "A chat is deleted for good so many days after its last message" in cleo_client.get(address).text


@pytest.mark.parametrize("typed", ["-1", "36501", "soon"])
def test_nonsense_is_refused(cleo_client: Client, address: str, typed: str) -> None:
    response = cleo_client.post(address, {"name": "Interns", "retention_days": typed})

    assert response.status_code == 200
    assert PeopleGroup.objects.get().retention_days is None


def test_the_change_is_written_down(cleo_client: Client, address: str) -> None:
    cleo_client.post(address, {"name": "Interns", "retention_days": "7"})

    entry = AuditEntry.objects.filter(object_type="conversations.peoplegroup").get()
    assert entry.facts["fields"]["retention_days"] == ["", "7"]


def test_who_is_not_the_owner_changes_nothing(ben_client: Client, address: str) -> None:
    ben_client.post(address, {"name": "Interns", "retention_days": "7"})

    assert PeopleGroup.objects.get().retention_days is None
