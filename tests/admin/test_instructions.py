"""/admin/conversations/siteinstructions/: each wording stays, with who wrote it and when."""

from django.test import Client

from conversations.models import OwnInstructions, SiteInstructions, User
from tests.admin.conftest import StaffWith

ADDRESS = "/admin/conversations/siteinstructions/"


def test_a_new_wording_counts_and_the_earlier_ones_stay(cleo: User, cleo_client: Client) -> None:
    cleo_client.post(f"{ADDRESS}add/", {"text": "Mind the house."})
    cleo_client.post(f"{ADDRESS}add/", {"text": "Mind\r\nthe garden."})

    assert SiteInstructions.objects.in_force() == "Mind\nthe garden."
    first, second = SiteInstructions.objects.order_by("pk")
    assert (first.text, first.written_by, second.written_by) == ("Mind the house.", cleo, cleo)
    page = cleo_client.get(ADDRESS).text
    assert page.count("in force") == page.count("replaced") == 1
    assert "Mind the house." in cleo_client.get(f"{ADDRESS}{first.pk}/change/").text


def test_a_new_wording_begins_with_the_one_in_force(cleo_client: Client) -> None:
    SiteInstructions.objects.create(text="Mind the house.")

    assert ">\nMind the house.</textarea>" in cleo_client.get(f"{ADDRESS}add/").text


def test_an_empty_one_ends_it(cleo_client: Client) -> None:
    SiteInstructions.objects.create(text="Mind the house.")

    cleo_client.post(f"{ADDRESS}add/", {"text": ""})

    assert SiteInstructions.objects.in_force() == ""


def test_none_is_changed_or_deleted_even_by_a_superuser(cleo_client: Client) -> None:
    row = SiteInstructions.objects.create(text="Mind the house.")

    assert cleo_client.post(f"{ADDRESS}{row.pk}/change/", {"text": "Else."}).status_code == 403
    assert cleo_client.post(f"{ADDRESS}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert SiteInstructions.objects.in_force() == "Mind the house."


def test_writing_takes_a_right_of_its_own(staff_with: StaffWith) -> None:
    reader = staff_with("view_siteinstructions")
    assert reader.get(ADDRESS).status_code == 200
    assert reader.post(f"{ADDRESS}add/", {"text": "x"}).status_code == 403

    staff_with("add_siteinstructions").post(f"{ADDRESS}add/", {"text": "Mind the house."})

    assert SiteInstructions.objects.in_force() == "Mind the house."


def test_nobodys_own_can_be_read_or_guessed(cleo_client: Client, alice: User) -> None:
    OwnInstructions.objects.keep(alice, "canary")

    for page in ("", f"{alice.pk}/change/", f"{alice.pk}/delete/"):
        assert "canary" not in cleo_client.get(f"/admin/conversations/user/{page}").text
    guess = cleo_client.get("/admin/conversations/user/?own_instructions__text__startswith=c", follow=True)
    assert guess.status_code == 400 or "e=1" in guess.redirect_chain[-1][0]
