"""Tokens into US dollars. Pure and exact: no rows, no settings, no floats."""

from decimal import Decimal

from conversations.claude.catalogue import USD_PER_WEB_SEARCH, Rates
from conversations.claude.events import TokenCounts

TOKENS_PER_MTOK = 1_000_000


def cost_usd(tokens: TokenCounts, rates: Rates) -> Decimal:
    """What one attempt costs at these rates, to the last digit.

    The input classes are disjoint and output contains thinking, so nothing is counted twice.
    Source: the vendor's pricing page, as kept in the catalogue.
    """
    millionths = (
        tokens.input * rates.usd_per_mtok_input
        + tokens.cache_write_5m * rates.usd_per_mtok_cache_write_5m
        + tokens.cache_write_1h * rates.usd_per_mtok_cache_write_1h
        + tokens.cache_read * rates.usd_per_mtok_cache_read
        + tokens.output * rates.usd_per_mtok_output
    )
    return millionths / TOKENS_PER_MTOK + tokens.web_searches * USD_PER_WEB_SEARCH
