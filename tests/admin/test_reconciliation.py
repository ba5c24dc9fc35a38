"""/admin/conversations/reconciliation/: each day beside the vendor's bill, and a comparison by a click."""

from typing import Any

import pytest
from django.test import Client

from conversations.models import Reconciliation, User
from tests.admin.conftest import StaffWith
from tests.reconciliation.conftest import DAY
from tests.upstream import Reply, Upstream
from tests.upstream.bill import ADMIN_KEY, Bill
from tests.usage.attempts import BEGAN_AT, OPUS, attempt, booked

ADDRESS = "/admin/conversations/reconciliation/"


@pytest.fixture
def bill(upstream: Upstream, settings: Any, alice: User) -> Bill:
    settings.CLAUDE_PROVIDER, settings.ANTHROPIC_ADMIN_KEY = "anthropic", ADMIN_KEY
    booked(alice, attempt(), at=BEGAN_AT)
    return upstream.bill


def compared(client: Client, day: str = str(DAY)) -> str:
    return client.post(f"{ADDRESS}compare/", {"day": day}, follow=True).text


def test_a_click_compares_a_day_and_shows_each_line(cleo_client: Client, bill: Bill) -> None:
    bill.use(DAY, OPUS, input=1000, output=5500)

    page = compared(cleo_client)

    assert "2 of 3 figures differ by more than 1 %." in page
    assert f'<th scope="row">{OPUS}</th>' in page
    assert '<td class="number">500</td><td class="number">5,500</td><td class="number">5,000</td>' in page
    assert page.count(">outside<") == 2
    assert "Differs" in cleo_client.get(ADDRESS).text


def test_a_refused_key_says_so_and_stays_on_the_list(cleo_client: Client, bill: Bill) -> None:
    bill.instead = Reply.error(403, "permission_error")

    assert "The API does not accept ANTHROPIC_ADMIN_KEY." in compared(cleo_client)
    assert "Not compared" in cleo_client.get(ADDRESS).text
    detail = cleo_client.get(f"{ADDRESS}{Reconciliation.objects.get().pk}/change/").text
    assert "The vendor did not tell its figures: unauthorized." in detail


@pytest.mark.parametrize("day", ["", "tomorrow", "2126-01-01"])
def test_a_day_that_is_none_gets_a_sentence(cleo_client: Client, bill: Bill, day: str) -> None:
    assert "Name a day that has begun" in compared(cleo_client, day)
    assert bill.asked == []


def test_without_a_key_the_page_says_which_to_set(cleo_client: Client, settings: Any) -> None:
    settings.CLAUDE_PROVIDER = "anthropic"
    page = cleo_client.get(ADDRESS).text

    assert "ANTHROPIC_ADMIN_KEY is not set." in page
    assert "compare-day" not in page


def test_only_who_may_change_it_compares_and_only_by_post(staff_with: StaffWith, bill: Bill) -> None:
    assert staff_with("view_reconciliation").post(f"{ADDRESS}compare/", {"day": str(DAY)}).status_code == 403
    assert staff_with("change_reconciliation").get(f"{ADDRESS}compare/").status_code == 405
    assert "Compare" not in staff_with("view_reconciliation").get(ADDRESS).text
    assert staff_with("view_usageentry").get(ADDRESS).status_code == 403
    assert bill.asked == []


def test_a_day_that_is_not_there_is_a_page_that_is_not_there(cleo_client: Client) -> None:
    assert cleo_client.get(f"{ADDRESS}77/change/", follow=True).redirect_chain
