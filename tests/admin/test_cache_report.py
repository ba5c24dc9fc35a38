"""What the prompt cache saved, as a page and as CSV."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client

from conversations.claude.events import CacheMiss, Terms, TokenCounts
from conversations.models import UsageEntry, User
from tests.admin.conftest import StaffWith
from tests.usage.attempts import OPUS, SONNET, attempt, booked

PAGE = "/admin/conversations/usageentry/cache/"
NOVEMBER = "?from=2026-11-01&to=2026-11-30"
NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)
READ = TokenCounts(input=100, cache_read=900)
WRITTEN = TokenCounts(input=100, cache_write_5m=400, cache_write_1h=500)


@pytest.fixture
def november(alice: User, ben: User) -> None:
    booked(alice, attempt(WRITTEN), at=NOON)
    booked(ben, attempt(READ), at=NOON)
    booked(ben, replace(attempt(READ, model=SONNET), cache_miss=CacheMiss("tools_changed", 300)), at=NOON)


def test_savings_are_what_was_read_less_the_premium_on_what_was_written(alice: User) -> None:
    """Opus 5.5 costs $4 for input, $5 and $8 for writing, $0.20 for reading."""
    read, written = booked(alice, attempt(READ)), booked(alice, attempt(WRITTEN))
    in_the_states = booked(alice, attempt(READ, terms=Terms(inference_geo="us")))

    assert read.cache_saved_usd == Decimal("0.0034200000")  # 900 × (4 − 0.2) / million
    assert written.cache_saved_usd == Decimal("-0.0024000000")  # 400 × 1 + 500 × 4
    assert in_the_states.cache_saved_usd == read.cache_saved_usd * Decimal("1.1")
    assert booked(alice, attempt(READ, billed=False)).cache_saved_usd == 0


def test_what_was_booked_before_is_reckoned_at_the_rates_of_its_row(alice: User) -> None:
    entries = [booked(alice, attempt(tokens, terms=Terms(inference_geo="us"))) for tokens in (READ, WRITTEN)]
    UsageEntry._base_manager.update(cache_saved_usd=0)

    as_migrated = MigrationExecutor(connection).loader.project_state().apps
    import_module("conversations.migrations.0009_prompt_cache").reckon_savings(as_migrated, None)

    for entry in entries:
        assert UsageEntry.objects.get(pk=entry.pk).cache_saved_usd == entry.cache_saved_usd


def test_the_csv_has_a_row_for_each_day_and_model(cleo_client: Client, november: None) -> None:
    response = cleo_client.get(f"{PAGE}{NOVEMBER}&format=csv")

    assert response.getvalue().decode().splitlines() == [
        "day,model,requests,input_tokens,cache_write_5m_tokens,cache_write_1h_tokens,cache_read_tokens,saved_usd,"
        "misses,missed_tokens",
        f"2026-11-10,{OPUS},2,200,400,500,900,0.0010200000,0,0",
        f"2026-11-10,{SONNET},1,100,0,0,900,0.0017100000,1,300",
    ]


def test_the_page_shows_rate_money_chart_and_reasons(cleo_client: Client, november: None) -> None:
    page = cleo_client.get(f"{PAGE}{NOVEMBER}").text

    assert "60.0 %" in page  # 1800 of 3000 tokens
    assert "$0.0027" in page
    assert "<title>Tuesday, 10 November 2026: 60 %, 1,800 of 3,000 tokens</title>" in page
    assert page.count('class="chart__bar"') == 1
    assert "<td>tools_changed</td>" in page


def test_one_row_of_the_ledger_tells_what_it_missed(cleo_client: Client, november: None) -> None:
    missed = UsageEntry.objects.get(cache_miss_reason="tools_changed")

    assert (
        "tools_changed, about 300 tokens"
        in cleo_client.get(f"/admin/conversations/usageentry/{missed.pk}/change/").text
    )


def test_nothing_asked_says_what_will_appear_and_nonsense_gets_a_sentence(cleo_client: Client) -> None:
    assert "Nothing was asked in these days" in cleo_client.get(PAGE).text
    assert cleo_client.get(f"{PAGE}?from=tomorrow").status_code == 400
    assert cleo_client.get(f"{PAGE}?from=tomorrow&format=csv").status_code == 400


def test_only_who_may_see_the_ledger_sees_it(staff_with: StaffWith, alice_client: Client) -> None:
    assert staff_with("view_conversation").get(PAGE).status_code == 403
    assert staff_with("view_usageentry").get(PAGE).status_code == 200
    assert alice_client.get(PAGE).status_code == 302


def test_the_usage_report_leads_here_with_its_days(cleo_client: Client) -> None:
    page = cleo_client.get(f"/admin/conversations/usageentry/report/{NOVEMBER}").text

    assert f'href="{PAGE}?from=2026-11-01&amp;to=2026-11-30' in page
