"""/admin/conversations/price/: new prices are added, used ones stay."""

from typing import Any

import pytest
from django.test import Client

from conversations.claude import catalogue
from conversations.models import Price, User
from conversations.models.prices import LONG
from tests.admin.conftest import StaffWith
from tests.usage.attempts import HAIKU, OPUS, SONNET, booked

ADDRESS = "/admin/conversations/price/"
RATES = dict(zip((name.removeprefix("long_") for name in LONG), ("3", "15", "3.75", "6", "0.3"), strict=True))
PRICE = {
    "model": OPUS,
    "effective_from_0": "2026-11-20",
    "effective_from_1": "00:00",
    "source": "the price page",
} | RATES


def row(model: str) -> Price:
    return Price.objects.filter(model=model).order_by("-effective_from")[0]


def test_the_list_shows_rates_bands_and_an_example(cleo_client: Client) -> None:
    page = cleo_client.get(ADDRESS).text

    assert "0.50 / 2.50 from 100,001 tokens" in page
    assert "fast × 2" in page
    assert "$6.00" in page  # Opus 5.5: 1M tokens in and 100k out
    assert page.count("claude-sonnet-5-5") >= 2


def test_an_added_price_counts_and_shows_what_it_comes_to(
    cleo_client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        done = cleo_client.post(f"{ADDRESS}add/", PRICE, follow=True)

    assert "With this price 1M tokens in and 100k out cost $4.50." in done.text
    assert row(OPUS).usd_per_mtok_input == 3
    assert catalogue.card(OPUS).price.rates.usd_per_mtok_input == 3


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"effective_from_0": "2026-09-22"}, "already"),
        ({"usd_per_mtok_output": "-1"}, "greater than or equal to 0"),
        ({"usd_per_mtok_output": "0.00001"}, "no more than 4 decimal places"),
        ({"long_prompt_from_tokens": "100001"}, "all five rates"),
        ({"long_usd_per_mtok_input": "1"}, "all five rates"),
        ({"source": ""}, "required"),
    ],
)
def test_a_price_that_cannot_be_is_refused(cleo_client: Client, changes: dict[str, str], sentence: str) -> None:
    before = Price.objects.count()

    page = cleo_client.post(f"{ADDRESS}add/", PRICE | changes)

    assert page.status_code == 200
    assert sentence in page.text
    assert Price.objects.count() == before


def test_another_name_of_a_model_is_no_second_model(cleo_client: Client) -> None:
    cleo_client.post(f"{ADDRESS}add/", PRICE | {"model": "claude-haiku-4-5-20251001"})

    assert row("claude-haiku-4-5").usd_per_mtok_input == 3


def test_a_price_that_the_ledger_used_is_read_and_not_changed(cleo_client: Client, alice: User) -> None:
    booked(alice)
    used = row(OPUS)
    page = f"{ADDRESS}{used.pk}/change/"

    assert 'name="usd_per_mtok_input"' not in cleo_client.get(page).text
    assert cleo_client.post(page, PRICE).status_code == 403
    assert cleo_client.post(f"{ADDRESS}{used.pk}/delete/", {"post": "yes"}).status_code == 403
    assert row(OPUS).usd_per_mtok_input == 4


def test_a_price_that_nobody_used_can_be_corrected_and_deleted(cleo_client: Client) -> None:
    unused = row(HAIKU)
    cleo_client.post(f"{ADDRESS}{unused.pk}/change/", PRICE | {"model": HAIKU})
    assert row(HAIKU).usd_per_mtok_input == 3

    cleo_client.post(f"{ADDRESS}{row(SONNET).pk}/delete/", {"post": "yes"})
    assert Price.objects.filter(model=SONNET).count() == 1


def test_whoever_may_only_look_only_looks(staff_with: StaffWith) -> None:
    client = staff_with("view_price")

    assert client.get(ADDRESS).status_code == 200
    assert client.get(f"{ADDRESS}add/").status_code == 403
    assert client.post(f"{ADDRESS}{row(OPUS).pk}/change/", PRICE).status_code == 403


def test_the_number_of_queries_does_not_grow_with_the_prices(
    cleo_client: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12):
        cleo_client.get(ADDRESS)
