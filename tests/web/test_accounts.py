"""Signing up, in and out: who may, who owns the site, and forms that can be read without looking."""

import re

import pytest
from django.test import Client
from pytest_django import Settings

from conversations.models import User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def sign_up(name: str) -> Client:
    client = Client()
    secret = {"password1": PASSWORD, "password2": PASSWORD}
    response = client.post("/accounts/signup/", {"email": f"{name}@example.com", "username": name} | secret)
    assert response.status_code == 302
    return client


def test_the_first_account_owns_the_site_and_is_told_so() -> None:
    words = Client().get("/accounts/signup/").text

    sign_up("alice")

    alice = User.objects.get(username="alice")
    assert "The first account owns this site" in words
    assert alice.is_owner
    assert alice.is_staff
    assert alice.is_superuser


def test_the_second_account_is_an_ordinary_one() -> None:
    sign_up("alice")
    words = Client().get("/accounts/signup/").text

    sign_up("ben")

    ben = User.objects.get(username="ben")
    assert "The first account owns this site" not in words
    assert not ben.is_owner
    assert not ben.is_staff
    assert not ben.is_superuser


def test_a_closed_site_still_takes_its_owner(settings: Settings) -> None:
    settings.SIGNUP = "closed"

    sign_up("alice")
    page = Client().get("/accounts/signup/").text

    assert User.objects.get().is_owner
    assert "Sign-up is closed" in page
    assert "<form" not in page


def test_a_closed_site_refuses_a_posted_account(alice: User, settings: Settings) -> None:
    settings.SIGNUP = "closed"

    Client().post("/accounts/signup/", {"email": "ben@example.com", "username": "ben", "password1": PASSWORD})

    assert not User.objects.filter(username="ben").exists()


def test_the_sign_in_page_of_a_new_site_leads_to_the_first_account() -> None:
    assert "This site has no account yet." in Client().get("/accounts/login/").text


@pytest.mark.parametrize("login", ["alice", "alice@example.com"])
def test_alice_signs_in_by_name_and_by_address(login: str) -> None:
    sign_up("alice")

    response = Client().post("/accounts/login/?next=/usage/", {"login": login, "password": PASSWORD, "next": "/usage/"})

    assert response.status_code == 302
    assert response["Location"] == "/usage/"


def test_sign_in_never_leads_off_the_site(alice: User) -> None:
    away = {"login": "alice", "password": PASSWORD, "next": "https://example.org/"}

    assert Client().post("/accounts/login/", away)["Location"] == "/"


def test_a_wrong_password_is_told_in_words_without_saying_which_was_wrong(alice: User) -> None:
    page = Client().post("/accounts/login/", {"login": "alice", "password": "wrong"}).text

    assert re.search(r'class="alert" role="alert">\s*<p>[^<]+</p>', page)
    assert Client().post("/accounts/login/", {"login": "nobody", "password": "wrong"}).text.count('role="alert"') == 1


def test_the_sixth_wrong_password_is_refused_and_so_is_the_right_one_after_it(alice: User) -> None:
    client = Client()
    for _ in range(6):
        client.post("/accounts/login/", {"login": "alice", "password": "wrong"})

    client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})

    assert "_auth_user_id" not in client.session


def test_each_field_has_a_label_and_its_error_is_tied_to_it() -> None:
    empty = Client().post("/accounts/signup/", {}).text

    for name in ("email", "username", "password1", "password2"):
        assert f'<label for="id_{name}">' in empty
        field = re.search(rf'<input [^>]*name="{name}"[^>]*>', empty)
        assert field
        assert 'aria-invalid="true"' in field[0]
        assert f"id_{name}_error" in field[0]
        assert f'id="id_{name}_error"' in empty
        assert "placeholder" not in field[0]


def test_password_managers_are_told_what_each_field_is() -> None:
    page = Client().get("/accounts/signup/").text + Client().get("/accounts/login/").text

    for kind in ("email", "username", "new-password", "current-password"):
        assert f'autocomplete="{kind}"' in page


def test_signing_out_is_a_post(alice_client: Client) -> None:
    asked = alice_client.get("/accounts/logout/").text
    assert "Sign out?" in asked
    assert "_auth_user_id" in alice_client.session

    alice_client.post("/accounts/logout/")

    assert "_auth_user_id" not in alice_client.session


@pytest.mark.parametrize("address", ["/accounts/password/change/", "/accounts/email/", "/accounts/logout/"])
def test_account_pages_wear_the_frame_of_the_site(alice_client: Client, address: str) -> None:
    page = alice_client.get(address).text

    assert "css/tokens.css" in page
    assert 'aria-label="Account"' in page


@pytest.mark.parametrize(
    "address", ["/accounts/password/reset/", "/accounts/password/reset/done/", "/accounts/password/reset/key/x-y/"]
)
def test_a_forgotten_password_has_pages_of_ours(address: str) -> None:
    assert "css/tokens.css" in Client().get(address, follow=True).text
