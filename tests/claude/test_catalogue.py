"""What the catalogue says about models, prices and pictures."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.claude.catalogue import PICKER, PRICES_AS_OF, ModelCard, card, rates_for
from conversations.claude.tokens import fitted_size, image_tokens

HIGH, STANDARD = card("claude-opus-5-5"), card("claude-opus-4-6")


def test_the_picker_offers_the_current_models_with_the_default_first() -> None:
    ids = ["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "claude-fable-5-2"]

    assert [model.id for model in PICKER] == ids
    assert all(model.is_known and model.context_tokens == 1_000_000 for model in PICKER)


@pytest.mark.parametrize(
    ("model_id", "usd"),
    [
        ("claude-opus-5-5", "4 20 5 8 0.20"),
        ("claude-sonnet-5-5", "2 10 2.50 4 0.10"),
        ("claude-haiku-5-5", "0.10 0.50 0.125 0.20 0.01"),
        ("claude-fable-5-2", "8 40 10 16 0.20"),
        ("claude-fable-5-1", "10 50 12.50 20 0.25"),
        ("claude-opus-4-8", "5 25 6.25 10 0.50"),
        ("claude-sonnet-5", "2 10 2.50 4 0.20"),
        ("claude-haiku-4-5-20251001", "1 5 1.25 2 0.10"),
    ],
)
def test_a_model_costs_what_the_price_list_says(model_id: str, usd: str) -> None:
    rates = card(model_id).rates

    assert [
        rates.usd_per_mtok_input,
        rates.usd_per_mtok_output,
        rates.usd_per_mtok_cache_write_5m,
        rates.usd_per_mtok_cache_write_1h,
        rates.usd_per_mtok_cache_read,
    ] == [Decimal(price) for price in usd.split()]
    assert PRICES_AS_OF.year == 2026


def test_a_prompt_beyond_a_hundred_thousand_tokens_costs_haiku_five_times_as_much() -> None:
    haiku = card("claude-haiku-5-5")

    assert rates_for(haiku, 100_000) is haiku.rates
    assert rates_for(haiku, 100_001) is haiku.long_prompt_rates
    assert rates_for(haiku, 100_001).usd_per_mtok_output == 5 * haiku.rates.usd_per_mtok_output
    assert rates_for(HIGH, 900_000) is HIGH.rates


def test_a_model_that_nobody_knows_is_small_and_dear() -> None:
    unknown = card("claude-of-tomorrow")

    assert (unknown.id, unknown.display_name, unknown.is_known) == ("claude-of-tomorrow", "claude-of-tomorrow", False)
    assert not unknown.thinks
    for known in (*PICKER, card("claude-fable-5-1"), card("claude-fable-5"), card("claude-mythos-5")):
        assert unknown.context_tokens <= known.context_tokens
        assert unknown.max_image_tokens <= known.max_image_tokens
        assert unknown.rates.usd_per_mtok_input >= known.rates.usd_per_mtok_input
        assert unknown.rates.usd_per_mtok_output >= known.rates.usd_per_mtok_output
        assert unknown.rates.usd_per_mtok_cache_read >= known.rates.usd_per_mtok_cache_read


@pytest.mark.parametrize(
    ("width", "height", "standard", "high"),
    [(1000, 1000, 1296, 1296), (1920, 1080, 1560, 2691), (3840, 2160, 1560, 4784), (1, 1, 1, 1)],
)
def test_a_picture_costs_what_the_vision_guide_says(width: int, height: int, standard: int, high: int) -> None:
    assert (image_tokens(width, height, STANDARD), image_tokens(width, height, HIGH)) == (standard, high)


@given(width=st.integers(1, 12_000), height=st.integers(1, 12_000), model=st.sampled_from([HIGH, STANDARD]))
def test_a_fitted_picture_is_within_the_limits_and_stays_as_it_is(width: int, height: int, model: ModelCard) -> None:
    fitted = fitted_size(width, height, model)

    assert max(fitted) <= min(max(width, height), model.max_image_edge_px)
    assert min(fitted) >= 1
    assert image_tokens(width, height, model) <= model.max_image_tokens
    assert fitted_size(*fitted, model) == fitted


def test_a_small_picture_is_not_touched() -> None:
    assert fitted_size(640, 480, HIGH) == (640, 480)
