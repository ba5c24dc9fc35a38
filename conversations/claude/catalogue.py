"""The models: what they take, what they cost. The API tells limits and life cycle, but no prices; those are kept here.

An id is never parsed. A model that is not listed works with conservative limits and is priced as the dearest one.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

PRICES_AS_OF = date(2026, 11, 21)
PRICES_SOURCE = "the vendor's pricing page; the cache prices of Fable 5.2 and Mythos 5.2 from secondary price lists"
USD_PER_WEB_SEARCH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Rates:
    """US dollars per million tokens."""

    usd_per_mtok_input: Decimal
    usd_per_mtok_output: Decimal
    usd_per_mtok_cache_write_5m: Decimal
    usd_per_mtok_cache_write_1h: Decimal
    usd_per_mtok_cache_read: Decimal


@dataclass(frozen=True, slots=True)
class ModelCard:
    """`thinks` tells that the model thinks unasked and lets us show it at no extra price.

    From `long_prompt_from_tokens` prompt tokens on, cached ones included, the whole request costs
    `long_prompt_rates`, its output too.
    """

    id: str
    display_name: str
    line: str
    context_tokens: int
    max_output_tokens: int
    max_image_edge_px: int
    max_image_tokens: int
    thinks: bool
    min_cacheable_tokens: int
    rates: Rates
    long_prompt_rates: Rates | None = None
    long_prompt_from_tokens: int = 0
    is_known: bool = True


def card(model_id: str) -> ModelCard:
    """What is known about a model. An unknown id gets a card too: small limits, dear prices, `is_known=False`."""
    known = CARDS.get(_ALIASES.get(model_id, model_id))
    return known or replace(_UNKNOWN, id=model_id, display_name=model_id)


def rates_for(model: ModelCard, prompt_tokens: int) -> Rates:
    if model.long_prompt_rates is not None and prompt_tokens >= model.long_prompt_from_tokens:
        return model.long_prompt_rates
    return model.rates


def _rates(*usd: str) -> Rates:
    return Rates(*(Decimal(price) for price in usd))


#                 input output write 5m write 1h read
_FABLE_5_2 = _rates("8", "40", "10", "16", "0.20")
_FABLE_5_1 = _rates("10", "50", "12.50", "20", "0.25")
_FABLE_5 = _rates("10", "50", "12.50", "20", "1.00")
_OPUS_5_5 = _rates("4", "20", "5", "8", "0.20")
_OPUS_5 = _rates("5", "25", "6.25", "10", "0.50")
_SONNET_5_5 = _rates("2", "10", "2.50", "4", "0.10")
_SONNET_5 = _rates("2", "10", "2.50", "4", "0.20")
_SONNET_4 = _rates("3", "15", "3.75", "6", "0.30")
_HAIKU_5_5 = _rates("0.10", "0.50", "0.125", "0.20", "0.01")
_HAIKU_5_5_LONG = _rates("0.50", "2.50", "0.625", "1.00", "0.05")
_HAIKU_4_5 = _rates("1", "5", "1.25", "2", "0.10")


def _thinking(model_id: str, name: str, line: str, rates: Rates) -> ModelCard:
    """Generation 5: a million tokens of context, fine images, thinking always shown."""
    return ModelCard(model_id, name, line, 1_000_000, 128_000, 2576, 4784, True, 512, rates)


def _quiet(model_id: str, name: str, line: str, rates: Rates, *, min_cacheable: int, fine_images: bool) -> ModelCard:
    """4.6 to 4.8: as large, but they think only when asked."""
    edge_px, image_tokens = (2576, 4784) if fine_images else (1568, 1568)
    return ModelCard(model_id, name, line, 1_000_000, 128_000, edge_px, image_tokens, False, min_cacheable, rates)


def _small(model_id: str, name: str, line: str, rates: Rates, *, min_cacheable: int) -> ModelCard:
    """4.5: 200,000 tokens of context."""
    return ModelCard(model_id, name, line, 200_000, 64_000, 1568, 1568, False, min_cacheable, rates)


CARDS = {
    model.id: model
    for model in (
        _thinking("claude-opus-5-5", "Claude Opus 5.5", "opus", _OPUS_5_5),
        _thinking("claude-sonnet-5-5", "Claude Sonnet 5.5", "sonnet", _SONNET_5_5),
        replace(
            _thinking("claude-haiku-5-5", "Claude Haiku 5.5", "haiku", _HAIKU_5_5),
            long_prompt_rates=_HAIKU_5_5_LONG,
            long_prompt_from_tokens=100_001,
        ),
        _thinking("claude-fable-5-2", "Claude Fable 5.2", "fable", _FABLE_5_2),
        _thinking("claude-mythos-5-2", "Claude Mythos 5.2", "mythos", _FABLE_5_2),
        _thinking("claude-fable-5-1", "Claude Fable 5.1", "fable", _FABLE_5_1),
        _thinking("claude-mythos-5-1", "Claude Mythos 5.1", "mythos", _FABLE_5_1),
        _thinking("claude-fable-5", "Claude Fable 5", "fable", _FABLE_5),
        _thinking("claude-mythos-5", "Claude Mythos 5", "mythos", _FABLE_5),
        _thinking("claude-opus-5", "Claude Opus 5", "opus", _OPUS_5),
        replace(_thinking("claude-sonnet-5", "Claude Sonnet 5", "sonnet", _SONNET_5), min_cacheable_tokens=1024),
        _quiet("claude-opus-4-8", "Claude Opus 4.8", "opus", _OPUS_5, min_cacheable=1024, fine_images=True),
        _quiet("claude-opus-4-7", "Claude Opus 4.7", "opus", _OPUS_5, min_cacheable=2048, fine_images=True),
        _quiet("claude-opus-4-6", "Claude Opus 4.6", "opus", _OPUS_5, min_cacheable=4096, fine_images=False),
        _quiet("claude-sonnet-4-6", "Claude Sonnet 4.6", "sonnet", _SONNET_4, min_cacheable=1024, fine_images=False),
        _small("claude-opus-4-5", "Claude Opus 4.5", "opus", _OPUS_5, min_cacheable=4096),
        _small("claude-sonnet-4-5", "Claude Sonnet 4.5", "sonnet", _SONNET_4, min_cacheable=1024),
        _small("claude-haiku-4-5", "Claude Haiku 4.5", "haiku", _HAIKU_4_5, min_cacheable=4096),
    )
}
# Generation 4.5 answers under its dated id.
_ALIASES = {
    "claude-opus-4-5-20251101": "claude-opus-4-5",
    "claude-sonnet-4-5-20250929": "claude-sonnet-4-5",
    "claude-haiku-4-5-20251001": "claude-haiku-4-5",
}
_UNKNOWN = replace(_small("", "", "", _FABLE_5, min_cacheable=4096), is_known=False)

PICKER = tuple(
    CARDS[model_id] for model_id in ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "claude-fable-5-2")
)
