"""What an attempt costs: to the last digit, at the prices that the vendor publishes."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.claude.catalogue import card
from conversations.claude.events import Terms, TokenCounts
from conversations.claude.price_list import PRICE_LIST
from conversations.claude.prices import ListPrice, Rates
from conversations.usage.pricing import reckoned

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
    "claude-opus-4-1": "15 75 18.75 30 1.50",
    "claude-opus-4": "15 75 18.75 30 1.50",
    "claude-sonnet-4": "3 15 3.75 6 0.30",
    "claude-haiku-3-5": "0.80 4 1 1.60 0.08",
}
COUNTS = TokenCounts(input=12_345, output=6_789, cache_write_5m=1_111, cache_write_1h=222, cache_read=33_333)


def priced(model: str, tokens: TokenCounts) -> Decimal:
    return reckoned(tokens, card(model).price).usd


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


def test_fast_mode_costs_twice_as_much_with_the_cache_multipliers_on_top() -> None:
    tokens = TokenCounts(input=1, output=1, cache_write_5m=1, cache_write_1h=1, cache_read=1)

    fast = reckoned(tokens, card("claude-opus-5-5").price, Terms(speed="fast"))

    assert fast.rates == Rates.of("8 40 10 16 0.40")


def test_a_fast_answer_of_a_model_without_a_fast_price_is_not_booked_too_cheaply() -> None:
    price = card("claude-sonnet-5-5").price

    assert reckoned(COUNTS, price, Terms(speed="fast")).usd == 2 * reckoned(COUNTS, price).usd


counts = st.integers(min_value=0, max_value=2_000_000)
token_counts = st.builds(
    TokenCounts, input=counts, output=counts, cache_write_5m=counts, cache_write_1h=counts, cache_read=counts
)
prices = st.sampled_from(PRICE_LIST)
words = st.sampled_from(["", "standard", "batch", "us", "global", "fast", "of tomorrow"])
terms = st.builds(Terms, service_tier=words, inference_geo=words, speed=words)


@given(tokens=token_counts, price=prices, terms=terms)
def test_what_is_written_down_suffices_to_reckon_again(tokens: TokenCounts, price: ListPrice, terms: Terms) -> None:
    cost = reckoned(tokens, price, terms)
    told = {name: Decimal(number) for name, number in cost.written_down().items()}

    classes = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")
    again = sum(getattr(tokens, name) * told[f"usd_per_mtok_{name}"] for name in classes) * told["factor"]

    assert cost.usd == again / 1_000_000


@given(tokens=token_counts, more=token_counts, price=prices, terms=terms)
def test_more_tokens_never_cost_less(tokens: TokenCounts, more: TokenCounts, price: ListPrice, terms: Terms) -> None:
    both = TokenCounts(*(getattr(tokens, name) + getattr(more, name) for name in tokens.__slots__))

    apart = reckoned(tokens, price, terms).usd + reckoned(more, price, terms).usd
    together = reckoned(both, price, terms).usd

    assert together >= max(reckoned(tokens, price, terms).usd, reckoned(more, price, terms).usd)
    if price.rates_for(both.prompt) == price.rates_for(tokens.prompt) == price.rates_for(more.prompt):
        assert together == apart


@given(tokens=token_counts, price=prices)
def test_a_batch_costs_half_and_the_united_states_a_tenth_more(tokens: TokenCounts, price: ListPrice) -> None:
    plain = reckoned(tokens, price).usd

    assert reckoned(tokens, price, Terms(service_tier="batch")).usd == plain / 2
    assert reckoned(tokens, price, Terms(inference_geo="us")).usd == plain * Decimal("1.1")


@given(tokens=token_counts)
def test_nothing_that_is_listed_costs_more_than_a_model_that_nobody_knows(tokens: TokenCounts) -> None:
    dearest = reckoned(tokens, card("claude-novel-9").price).usd

    assert all(reckoned(tokens, price).usd <= dearest for price in PRICE_LIST)
