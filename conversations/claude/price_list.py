"""The vendor's prices as this release knows them. The API tells none. A site keeps them as rows and adds its own.

Each line: model, from when, and US dollars per million tokens for
input, output, cache written for 5 minutes, cache written for an hour, cache read.
"""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from .prices import ListPrice, Rates

SOURCE = "the vendor's pricing page, 2026-11-21"
SECONDARY = "the release notes of 2026-11-09; cache prices from secondary price lists"
ASSUMED = "assumed"  # nobody listed a price for the model: it is reckoned as the dearest one

USD_PER_WEB_SEARCH = Decimal("0.01")
BATCH_FACTOR = Decimal("0.5")  # of every class of token, in a message batch
US_FACTOR = Decimal("1.1")  # of every class of token, where inference was kept in the United States
FAST_FACTOR = Decimal(2)  # Opus 5.5: $8 and $40, Opus 5 and 4.8: $10 and $50; the cache multipliers come on top


def _from(model: str, day: str, usd: str, source: str = SOURCE, *, fast: Decimal | None = None) -> ListPrice:
    return ListPrice(model, datetime.fromisoformat(day).replace(tzinfo=UTC), Rates.of(usd), source, fast_factor=fast)


_HAIKU_5_5 = ListPrice(
    "claude-haiku-5-5",
    datetime(2026, 10, 7, tzinfo=UTC),
    Rates.of("0.10 0.50 0.125 0.20 0.01"),
    SOURCE,
    "Beyond 100,000 prompt tokens, cached ones included, the whole request costs five times as much.",
    long_prompt_from_tokens=100_001,
    long_prompt_rates=Rates.of("0.50 2.50 0.625 1.00 0.05"),
)

PRICE_LIST = (
    _from("claude-fable-5-2", "2026-11-09", "8 40 10 16 0.20", SECONDARY),
    _from("claude-mythos-5-2", "2026-11-09", "8 40 10 16 0.20", "assumed equal to Fable 5.2"),
    _from("claude-fable-5-1", "2026-09-01", "10 50 12.50 20 0.25"),
    _from("claude-mythos-5-1", "2026-09-01", "10 50 12.50 20 0.25"),
    _from("claude-fable-5", "2026-06-09", "10 50 12.50 20 1.00"),
    _from("claude-mythos-5", "2026-06-09", "10 50 12.50 20 1.00"),
    _from("claude-opus-5-5", "2026-09-22", "4 20 5 8 0.20", fast=FAST_FACTOR),
    _from("claude-opus-5", "2026-07-24", "5 25 6.25 10 0.50", fast=FAST_FACTOR),
    _from("claude-opus-4-8", "2026-05-28", "5 25 6.25 10 0.50", fast=FAST_FACTOR),
    _from("claude-opus-4-7", "2026-04-16", "5 25 6.25 10 0.50"),
    _from("claude-opus-4-6", "2026-02-05", "5 25 6.25 10 0.50"),
    _from("claude-opus-4-5", "2025-11-24", "5 25 6.25 10 0.50"),
    _from("claude-opus-4-1", "2025-08-05", "15 75 18.75 30 1.50"),
    _from("claude-opus-4", "2025-05-22", "15 75 18.75 30 1.50"),
    _from("claude-sonnet-5-5", "2026-09-28", "2 10 2.50 4 0.20"),
    _from("claude-sonnet-5-5", "2026-10-07", "2 10 2.50 4 0.10"),
    _from("claude-sonnet-5", "2026-06-30", "2 10 2.50 4 0.20"),
    _from("claude-sonnet-4-6", "2026-02-17", "3 15 3.75 6 0.30"),
    _from("claude-sonnet-4-5", "2025-09-29", "3 15 3.75 6 0.30"),
    _from("claude-sonnet-4", "2025-05-22", "3 15 3.75 6 0.30"),
    _HAIKU_5_5,
    _from("claude-haiku-4-5", "2025-10-15", "1 5 1.25 2 0.10"),
    _from("claude-haiku-3-5", "2024-10-22", "0.80 4 1 1.60 0.08"),
)
DEAREST = replace(max(PRICE_LIST, key=lambda price: price.rates.usd_per_mtok_output), source=ASSUMED)
