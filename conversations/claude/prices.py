"""What a model costs from a moment on. Values alone: the list is in price_list.py, and a site keeps its own as rows."""

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Self


@dataclass(frozen=True, slots=True)
class Rates:
    """US dollars per million tokens."""

    usd_per_mtok_input: Decimal
    usd_per_mtok_output: Decimal
    usd_per_mtok_cache_write_5m: Decimal
    usd_per_mtok_cache_write_1h: Decimal
    usd_per_mtok_cache_read: Decimal

    @classmethod
    def of(cls, usd: str) -> Self:
        """From five numbers, in the order of the fields."""
        return cls(*(Decimal(number) for number in usd.split()))

    def times(self, factor: Decimal) -> "Rates":
        return Rates(*(getattr(self, field.name) * factor for field in fields(self)))


@dataclass(frozen=True, slots=True)
class ListPrice:
    """What a model's tokens cost from `effective_from` on, until a later price.

    From `long_prompt_from_tokens` prompt tokens on, cached ones included, the whole request costs `long_prompt_rates`,
    its output too. In fast mode every class costs `fast_factor` times as much; None where no such mode is known.
    """

    model: str
    effective_from: datetime
    rates: Rates
    source: str
    note: str = ""
    long_prompt_from_tokens: int | None = None
    long_prompt_rates: Rates | None = None
    fast_factor: Decimal | None = None

    def rates_for(self, prompt_tokens: int) -> Rates:
        if self.long_prompt_rates is None or self.long_prompt_from_tokens is None:
            return self.rates
        return self.long_prompt_rates if prompt_tokens >= self.long_prompt_from_tokens else self.rates
