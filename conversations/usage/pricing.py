"""Tokens into US dollars. Pure and exact: no rows, no settings, no floats."""

from dataclasses import asdict, dataclass
from decimal import Decimal

from conversations.claude.events import Terms, TokenCounts
from conversations.claude.price_list import BATCH_FACTOR, FAST_FACTOR, US_FACTOR, USD_PER_WEB_SEARCH
from conversations.claude.prices import ListPrice, Rates

TOKENS_PER_MTOK = 1_000_000


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What one attempt costs, and the rates that it was reckoned with.

    `rates` are those of its length and speed; `factor` is what all classes of token were multiplied by on top.
    `cache_saved_usd` is what the same prompt would have cost more without a cache; below zero when what was written
    cost more than what was read has saved.
    """

    usd: Decimal
    cache_saved_usd: Decimal
    rates: Rates
    factor: Decimal

    def written_down(self) -> dict[str, str]:
        """So that a row of the ledger can be checked when prices have moved on."""
        numbers = asdict(self.rates) | {"factor": self.factor, "usd_per_web_search": USD_PER_WEB_SEARCH}
        return {name: f"{number.normalize():f}" for name, number in numbers.items()}


def reckoned(tokens: TokenCounts, price: ListPrice, terms: Terms = Terms()) -> Reckoning:  # noqa: B008  (frozen)
    """To the last digit. The whole prompt decides on the rates, and the terms are those that the answer names."""
    rates = price.rates_for(tokens.prompt)
    if terms.speed == "fast":
        rates = rates.times(FAST_FACTOR if price.fast_factor is None else price.fast_factor)
    factor = _factor(terms)
    usd = _tokens_usd(tokens, rates) * factor + tokens.web_searches * USD_PER_WEB_SEARCH
    return Reckoning(usd, cache_saved_usd(tokens, rates) * factor, rates, factor)


def cache_saved_usd(tokens: TokenCounts, rates: Rates) -> Decimal:
    """What was read, at the price of input instead of its own, less the premium on what was written."""
    millionths = (
        tokens.cache_read * (rates.usd_per_mtok_input - rates.usd_per_mtok_cache_read)
        - tokens.cache_write_5m * (rates.usd_per_mtok_cache_write_5m - rates.usd_per_mtok_input)
        - tokens.cache_write_1h * (rates.usd_per_mtok_cache_write_1h - rates.usd_per_mtok_input)
    )
    return millionths / TOKENS_PER_MTOK


def _factor(terms: Terms) -> Decimal:
    batch = BATCH_FACTOR if terms.service_tier == "batch" else Decimal(1)
    return batch * US_FACTOR if terms.inference_geo in ("us", "regional") else batch


def _tokens_usd(tokens: TokenCounts, rates: Rates) -> Decimal:
    """The input classes are disjoint and output contains thinking, so nothing is counted twice."""
    millionths = (
        tokens.input * rates.usd_per_mtok_input
        + tokens.cache_write_5m * rates.usd_per_mtok_cache_write_5m
        + tokens.cache_write_1h * rates.usd_per_mtok_cache_write_1h
        + tokens.cache_read * rates.usd_per_mtok_cache_read
        + tokens.output * rates.usd_per_mtok_output
    )
    return millionths / TOKENS_PER_MTOK
