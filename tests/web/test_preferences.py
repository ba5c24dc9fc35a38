"""How a person likes the page."""

import json

from django.test import Client

from conversations.models import User

HTMX = {"HX-Request": "true"}


def test_a_theme_is_kept_and_comes_with_the_page(alice: User, alice_client: Client) -> None:
    response = alice_client.post("/preferences/", {"theme": "dark", "enter_sends": "true"}, headers=HTMX)

    assert response.status_code == 204
    assert json.loads(response["HX-Trigger"]) == {"preferences-saved": {"theme": "dark", "enter_sends": True}}
    assert '<html lang="en" data-theme="dark">' in alice_client.get("/").text


def test_the_system_theme_leaves_the_choice_to_the_browser(alice_client: Client) -> None:
    assert '<html lang="en">' in alice_client.get("/").text


def test_enter_can_break_the_line_instead(alice: User, alice_client: Client) -> None:
    alice_client.post("/preferences/", {"theme": "system"}, headers=HTMX)

    assert 'data-enter-sends="false"' in alice_client.get("/").text


def test_a_plain_form_returns_to_its_page(alice_client: Client) -> None:
    headers = {"Referer": "http://testserver/usage/"}

    response = alice_client.post("/preferences/", {"theme": "light"}, headers=headers)

    assert response.status_code == 303
    assert response["Location"] == "http://testserver/usage/"


def test_a_plain_form_of_another_site_leads_nowhere_else(alice_client: Client) -> None:
    response = alice_client.post("/preferences/", {"theme": "light"}, headers={"Referer": "https://example.org/"})

    assert response["Location"] == "/"


def test_an_unknown_theme_changes_nothing(alice: User, alice_client: Client) -> None:
    assert alice_client.post("/preferences/", {"theme": "neon"}).status_code == 422

    alice.refresh_from_db()
    assert alice.theme == "system"


def test_nobody_gets_rights_by_posting_them(alice: User, alice_client: Client) -> None:
    alice_client.post(
        "/preferences/", {"theme": "dark", "is_staff": "true", "is_superuser": "true", "is_owner": "true"}
    )

    alice.refresh_from_db()
    assert (alice.theme, alice.is_staff, alice.is_superuser, alice.is_owner) == ("dark", False, False, False)


def test_preferences_are_of_people_who_are_signed_in(db: None) -> None:
    assert Client().post("/preferences/", {"theme": "dark"}).status_code == 302


def test_reading_changes_nothing(alice_client: Client) -> None:
    assert alice_client.get("/preferences/", {"theme": "dark"}).status_code == 405
