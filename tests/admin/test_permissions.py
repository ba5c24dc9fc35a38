"""Who gets into the admin, and which numbers they see there."""

import pytest
from django.test import Client

from conversations.models import User
from tests.admin.conftest import Chat, StaffWith

PLACES = [
    "",
    "conversations/",
    "conversations/user/",
    "conversations/conversation/",
    "conversations/usageentry/",
    "conversations/usageentry/report/",
    "conversations/usageentry/report/?format=csv",
    "conversations/refusalevent/",
]
# What one must be allowed to view for each list.
RIGHTS = {
    "conversations/user/": "view_user",
    "conversations/conversation/": "view_conversation",
    "conversations/usageentry/": "view_usageentry",
    "conversations/usageentry/report/": "view_usageentry",
    "conversations/usageentry/report/?format=csv": "view_usageentry",
    "conversations/refusalevent/": "view_refusalevent",
}


@pytest.mark.parametrize("place", PLACES)
def test_people_who_are_not_staff_are_turned_away(alice_client: Client, ben_client: Client, place: str) -> None:
    assert alice_client.get(f"/admin/{place}", follow=True).status_code == 403
    assert ben_client.get(f"/admin/{place}", follow=True).status_code == 403


@pytest.mark.parametrize("place", PLACES)
def test_whoever_is_not_signed_in_is_asked_to(client: Client, db: None, place: str) -> None:
    response = client.get(f"/admin/{place}", follow=True)

    assert response.redirect_chain[-1][0].startswith("/accounts/login/")


@pytest.mark.parametrize("place", RIGHTS)
def test_staff_see_a_list_with_its_permission_and_not_without(staff_with: StaffWith, chat: Chat, place: str) -> None:
    others = set(RIGHTS.values()) - {RIGHTS[place]}

    assert staff_with(*others).get(f"/admin/{place}").status_code == 403
    assert staff_with(RIGHTS[place]).get(f"/admin/{place}").status_code == 200


@pytest.mark.parametrize(
    ("place", "right"),
    [
        ("conversations/user/", "view_user"),
        ("conversations/user/{alice}/change/", "view_user"),
        ("conversations/conversation/", "view_conversation"),
        ("conversations/conversation/{chat}/change/", "view_conversation"),
        ("conversations/refusalevent/", "view_refusalevent"),
        ("conversations/refusalevent/{refusal}/change/", "view_refusalevent"),
    ],
)
def test_costs_stand_only_where_one_may_see_the_ledger(
    staff_with: StaffWith, chat: Chat, alice: User, place: str, right: str
) -> None:
    address = "/admin/" + place.format(alice=alice.pk, chat=chat.conversation.pk, refusal=chat.refusal.pk)

    assert "$0.014" not in staff_with(right).get(address).text
    assert "$0.014" in staff_with(right, "view_usageentry").get(address).text


def test_the_overview_shows_each_number_to_whoever_may_see_it(staff_with: StaffWith, chat: Chat) -> None:
    nothing = staff_with("view_user").get("/admin/").text
    assert "Cost" not in nothing
    assert "Refusals" not in nothing

    refusals = staff_with("view_refusalevent").get("/admin/").text
    assert "Refusals to review: 1" in refusals
    assert "Cost" not in refusals

    ledger = staff_with("view_usageentry").get("/admin/").text
    assert "$0.014" in ledger
    assert "to review" not in ledger


@pytest.mark.parametrize("action", ["add/", "{entry}/delete/"])
def test_not_even_a_superuser_adds_or_deletes_a_row_of_the_ledger(cleo_client: Client, chat: Chat, action: str) -> None:
    address = "/admin/conversations/usageentry/" + action.format(entry=chat.entry.pk)

    assert cleo_client.get(address).status_code == 403
    assert cleo_client.post(address, {"post": "yes"}).status_code == 403


def test_not_even_a_superuser_changes_a_row_of_the_ledger(cleo_client: Client, chat: Chat) -> None:
    address = f"/admin/conversations/usageentry/{chat.entry.pk}/change/"

    assert cleo_client.post(address, {"cost_usd": "0", "billed": ""}).status_code == 403

    before = chat.entry.cost_usd
    chat.entry.refresh_from_db()
    assert chat.entry.cost_usd == before


def test_staff_who_edit_accounts_cannot_give_themselves_rights(staff_with: StaffWith, cleo: User) -> None:
    client = staff_with("view_user", "change_user")

    client.post(
        f"/admin/conversations/user/{cleo.pk}/change/",
        {"username": "cleo", "email": "", "is_active": "on", "is_staff": "on", "is_superuser": "on"},
    )

    cleo.refresh_from_db()
    assert not cleo.is_superuser
    assert cleo.is_staff


def test_staff_cannot_take_over_a_superusers_account(staff_with: StaffWith, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_superuser=True)
    client = staff_with("view_user", "change_user", "delete_user")
    passwords = {"password1": "a new pass phrase", "password2": "a new pass phrase"}

    assert client.post(f"/admin/conversations/user/{alice.pk}/password/", passwords).status_code == 403
    assert client.post(f"/admin/conversations/user/{alice.pk}/change/", {"username": "x"}).status_code == 403
    assert client.post(f"/admin/conversations/user/{alice.pk}/delete/", {"post": "yes"}).status_code == 403


def test_the_owner_of_the_site_cannot_be_deleted(cleo_client: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_owner=True)

    assert cleo_client.post(f"/admin/conversations/user/{alice.pk}/delete/", {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [alice.pk], "post": "yes"}
    cleo_client.post("/admin/conversations/user/", chosen)

    assert User.objects.filter(pk=alice.pk).exists()
