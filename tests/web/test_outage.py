"""What pages say while Claude denies the site its access."""

import pytest
from django.test import Client
from django.utils import timezone

from conversations.claude.access import access_print
from conversations.models import Outage

NOTICE = "Claude cannot answer at the moment. The people who run this site have been told."
FACTS = ("unauthorized", "HTTP 401", "req_denied")
PAGES = ("/", "/sidebar/", "/usage/", "/accounts/password/change/", "/nowhere/")


@pytest.fixture
def outage(db: None) -> Outage:
    return Outage.objects.create(
        pk=access_print(), reason="unauthorized", status=401, request_id="req_denied", next_probe_at=timezone.now()
    )


@pytest.mark.parametrize("page", PAGES)
def test_people_learn_that_it_is_so_and_nothing_else(alice_client: Client, outage: Outage, page: str) -> None:
    html = alice_client.get(page).text

    assert NOTICE in html
    assert not any(fact in html for fact in FACTS)


@pytest.mark.parametrize("page", [*PAGES, "/admin/", "/admin/conversations/usageentry/"])
def test_staff_learn_why_and_never_the_key(cleo_client: Client, outage: Outage, page: str) -> None:
    html = cleo_client.get(page).text

    assert NOTICE in html
    assert all(fact in html for fact in FACTS)
    assert outage.access not in html


def test_who_is_not_signed_in_sees_it_too(outage: Outage) -> None:
    html = Client().get("/accounts/login/").text

    assert NOTICE in html
    assert not any(fact in html for fact in FACTS)


@pytest.mark.parametrize("page", PAGES)
def test_without_an_outage_no_page_says_anything(alice_client: Client, page: str) -> None:
    assert NOTICE not in alice_client.get(page).text


def test_an_open_page_learns_it_with_its_list_of_chats(alice_client: Client, outage: Outage) -> None:
    htmx = {"HX-Request": "true"}
    during = alice_client.get("/sidebar/", headers=htmx).text
    outage.delete()

    assert '<div id="outage" hx-swap-oob="innerHTML">' in during
    assert NOTICE in during
    assert NOTICE not in alice_client.get("/sidebar/", headers=htmx).text


def test_an_outage_of_another_access_is_none_of_ours(alice_client: Client, outage: Outage) -> None:
    Outage.objects.update(access="of an earlier key")

    assert NOTICE not in alice_client.get("/").text
