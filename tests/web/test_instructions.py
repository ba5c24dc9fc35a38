"""/instructions/: what a person wants Claude to keep in mind, kept and taken back by them alone."""

import pytest
from django.test import Client

from conversations.models import OwnInstructions, User
from conversations.models.groups import INSTRUCTIONS_LENGTH

ADDRESS = "/instructions/"


def kept_by(person: User) -> str:
    return OwnInstructions.objects.of(person.pk)


def test_words_are_kept_as_they_are_and_shown_again(alice: User, alice_client: Client) -> None:
    response = alice_client.post(ADDRESS, {"text": "I <3 tables.\r\nBe brief."})

    assert kept_by(alice) == "I <3 tables.\nBe brief."
    page = alice_client.get(response["Location"]).text
    assert "I &lt;3 tables.\nBe brief." in page
    assert "Saved." in page
    assert "Saved." not in alice_client.get(ADDRESS).text


def test_a_change_replaces_them_and_nothing_erases_them(alice: User, alice_client: Client) -> None:
    for text in ("Be brief.", "Be long."):
        alice_client.post(ADDRESS, {"text": text})
    assert kept_by(alice) == "Be long."

    alice_client.post(ADDRESS, {"text": " \n"})

    assert not OwnInstructions.objects.exists()


def test_too_many_are_given_back_whole_with_a_sentence(alice: User, alice_client: Client) -> None:
    alice_client.post(ADDRESS, {"text": "Be brief."})
    text = "x" * (INSTRUCTIONS_LENGTH + 1)

    response = alice_client.post(ADDRESS, {"text": text})

    assert response.status_code == 422
    assert "These are 8001 characters, and 8000 are the most. Shorten them and save again." in response.text
    assert text in response.text
    assert kept_by(alice) == "Be brief."


@pytest.mark.parametrize("text", ["x" * INSTRUCTIONS_LENGTH, "\x00", "\N{FAMILY}" * 10])
def test_what_fits_is_kept_whatever_it_is(alice: User, alice_client: Client, text: str) -> None:
    assert alice_client.post(ADDRESS, {"text": text}).status_code == 303
    assert kept_by(alice) == text.replace("\x00", "\ufffd")


def test_a_stranger_sees_and_changes_only_his_own(alice: User, ben: User, ben_client: Client) -> None:
    OwnInstructions.objects.keep(alice, "Be brief.")

    ben_client.post(ADDRESS, {"text": "Be long.", "person": alice.pk})

    assert (kept_by(alice), kept_by(ben)) == ("Be brief.", "Be long.")
    assert "Be brief." not in ben_client.get(ADDRESS).text


def test_they_go_with_the_account(alice: User) -> None:
    OwnInstructions.objects.keep(alice, "Be brief.")

    alice.delete()

    assert not OwnInstructions.objects.exists()


def test_whoever_is_not_signed_in_is_asked_to(client: Client, db: None) -> None:
    assert client.get(ADDRESS)["Location"] == "/accounts/login/?next=/instructions/"
    assert client.post(ADDRESS, {"text": "x"}).status_code == 302
    assert not OwnInstructions.objects.exists()


def test_the_menu_leads_there(alice_client: Client) -> None:
    assert 'href="/instructions/"' in alice_client.get("/").text
