"""What an attempt costs: to the last digit, at the prices that the vendor publishes."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.claude.catalogue import card, rates_for
from conversations.claude.events import TokenCounts
from conversations.usage.pricing import cost_usd

# US dollars per million tokens: input, output, 5-minute write, 1-hour write, read. Typed in from the price page a
# second time, so that a slip in the catalogue shows.
PRICES = {
    "claude-fable-5-2": "8 40 10 16 0.20",
    "claude-mythos-5-2": "8 40 10 16 0.20",
    "claude-fable-5-1": "10 50 12.50 20 0.25",
    "claude-mythos-5-1": "10 50 12.50 20 0.25",
    "claude-fable-5": "10 50 12.50 20 1.00",
    "claude-mythos-5": "10 50 12.50 20 1.00",
    "claude-opus-5-5": "4 20 5 8 0.20",
    "claude-opus-5": "5 25 6.25 10 0.50",
    "claude-opus-4-8": "5 25 6.25 10 0.50",
    "claude-opus-4-7": "5 25 6.25 10 0.50",
    "claude-opus-4-6": "5 25 6.25 10 0.50",
    "claude-opus-4-5": "5 25 6.25 10 0.50",
    "claude-opus-4-5-20251101": "5 25 6.25 10 0.50",
    "claude-sonnet-5-5": "2 10 2.50 4 0.10",
    "claude-sonnet-5": "2 10 2.50 4 0.20",
    "claude-sonnet-4-6": "3 15 3.75 6 0.30",
    "claude-sonnet-4-5": "3 15 3.75 6 0.30",
    "claude-haiku-5-5": "0.10 0.50 0.125 0.20 0.01",
    "claude-haiku-4-5": "1 5 1.25 2 0.10",
}
COUNTS = TokenCounts(input=12_345, output=6_789, cache_write_5m=1_111, cache_write_1h=222, cache_read=33_333)


def priced(model: str, tokens: TokenCounts) -> Decimal:
    return cost_usd(tokens, rates_for(card(model), tokens.prompt))


@pytest.mark.parametrize("model", PRICES)
def test_every_class_of_token_costs_what_the_price_page_says(model: str) -> None:
    usd_in, usd_out, usd_5m, usd_1h, usd_read = (Decimal(price) for price in PRICES[model].split())

    expected = 12_345 * usd_in + 6_789 * usd_out + 1_111 * usd_5m + 222 * usd_1h + 33_333 * usd_read

    assert priced(model, COUNTS) == expected / 1_000_000


def test_a_prompt_of_100_000_tokens_still_costs_little_on_haiku() -> None:
    assert priced("claude-haiku-5-5", TokenCounts(input=100_000, output=1_000)) == Decimal("0.0105")


def test_one_token_more_prices_the_whole_request_at_the_high_band_output_too() -> None:
    assert priced("claude-haiku-5-5", TokenCounts(input=100_001, output=1_000)) == Decimal("0.0525005")


def test_cached_tokens_count_towards_the_length_of_the_prompt() -> None:
    tokens = TokenCounts(input=1, cache_read=90_000, cache_write_5m=5_000, cache_write_1h=5_000, output=10)

    expected = Decimal("0.50") + 90_000 * Decimal("0.05") + 5_000 * Decimal("0.625") + 5_000 + 10 * Decimal("2.50")

    assert priced("claude-haiku-5-5", tokens) == expected / 1_000_000


def test_a_web_search_costs_a_cent() -> None:
    assert priced("claude-opus-5-5", TokenCounts(web_searches=3)) == Decimal("0.03")


def test_an_unknown_model_is_never_priced_below_a_known_one() -> None:
    unknown = priced("claude-novel-9", COUNTS)

    assert unknown >= max(priced(model, COUNTS) for model in PRICES)


tokens = st.integers(min_value=0, max_value=2_000_000)


@given(model=st.sampled_from(list(PRICES)), first=st.tuples(tokens, tokens), second=st.tuples(tokens, tokens))
def test_two_requests_of_one_band_cost_as_much_as_their_sum(
    model: str, first: tuple[int, int], second: tuple[int, int]
) -> None:
    rates = card(model).rates

    apart = sum(cost_usd(TokenCounts(input=i, output=o), rates) for i, o in (first, second))

    assert apart == cost_usd(TokenCounts(input=first[0] + second[0], output=first[1] + second[1]), rates)
