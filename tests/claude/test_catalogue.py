"""What the catalogue says about models, prices and pictures."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.claude import catalogue
from conversations.claude.cards import Lifecycle, ListedModel, ModelCard, Thinking, with_capabilities
from conversations.claude.catalogue import card, offered
from conversations.claude.model_list import ALIASES, MODELS
from conversations.claude.price_list import PRICE_LIST
from conversations.claude.prices import ListPrice, Rates
from conversations.claude.tokens import fitted_size, image_tokens

HIGH, STANDARD = card("claude-opus-5-5"), card("claude-opus-4-6")


def test_the_picker_offers_the_current_models_with_the_default_first() -> None:
    ids = ["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "claude-fable-5-2"]

    assert [model.id for model in offered()] == ids
    assert all(model.is_known and model.context_tokens == 1_000_000 for model in offered())


def test_every_price_and_every_other_name_is_of_a_model_that_is_listed() -> None:
    ids = {model.id for model in MODELS}

    assert {price.model for price in PRICE_LIST} <= ids
    assert set(ALIASES.values()) <= ids
    assert len({(price.model, price.effective_from) for price in PRICE_LIST}) == len(PRICE_LIST)


# Typed in from the reference a second time: context, shortest prompt to cache, default effort, refused thinking, and
# whether a tool can be forced.
@pytest.mark.parametrize(
    ("model_id", "context", "cached", "effort", "refused", "forced"),
    [
        ("claude-fable-5-2", 1_000_000, 512, "high", {"enabled", "disabled", "between_tools"}, False),
        ("claude-opus-5-5", 1_000_000, 512, "medium", {"enabled", "disabled", "between_tools"}, False),
        ("claude-sonnet-5-5", 1_000_000, 512, "high", {"enabled", "disabled"}, False),
        ("claude-haiku-5-5", 1_000_000, 512, "medium", {"enabled", "between_tools"}, True),
        ("claude-fable-5", 1_000_000, 512, "high", {"enabled", "disabled", "between_tools"}, True),
        ("claude-opus-5", 1_000_000, 512, "high", {"enabled", "between_tools"}, True),
        ("claude-opus-4-8", 1_000_000, 1024, "high", {"enabled", "between_tools"}, True),
        ("claude-opus-4-7", 1_000_000, 2048, "high", {"enabled", "between_tools"}, True),
        ("claude-opus-4-6", 1_000_000, 4096, "high", {"between_tools"}, True),
        ("claude-opus-4-5", 200_000, 4096, "high", {"adaptive", "between_tools"}, True),
        ("claude-sonnet-5", 1_000_000, 1024, "high", {"enabled", "between_tools"}, True),
        ("claude-sonnet-4-6", 1_000_000, 1024, "high", {"between_tools"}, True),
        ("claude-sonnet-4-5", 200_000, 1024, "", {"adaptive", "between_tools"}, True),
        ("claude-haiku-4-5", 200_000, 4096, "", {"adaptive", "between_tools"}, True),
    ],
)
def test_a_card_says_what_the_reference_says(
    model_id: str, context: int, cached: int, effort: str, refused: set[str], *, forced: bool
) -> None:
    model = card(model_id)

    assert (model.context_tokens, model.min_cacheable_tokens) == (context, cached)
    assert model.default_effort == effort
    assert {"adaptive", "enabled", "disabled", "between_tools"} - model.thinking.takes == refused
    assert model.takes_forced_tools == forced


def test_efforts_end_where_the_model_ends() -> None:
    assert card("claude-opus-5-5").efforts == ("low", "medium", "high", "xhigh", "max")
    assert card("claude-opus-4-6").efforts == ("low", "medium", "high", "max")
    assert card("claude-opus-4-5").efforts == ("low", "medium", "high")
    assert card("claude-haiku-4-5").efforts == ()


def test_a_model_that_nobody_knows_is_small_and_dear() -> None:
    unknown = card("claude-of-tomorrow")

    assert (unknown.id, unknown.display_name, unknown.is_known) == ("claude-of-tomorrow", "claude-of-tomorrow", False)
    assert not unknown.thinking.unasked
    assert (unknown.efforts, unknown.thinking.takes, unknown.takes_forced_tools) == ((), frozenset(), False)
    assert unknown.is_price_assumed
    for known in MODELS:
        assert unknown.context_tokens <= known.context_tokens
        assert unknown.max_image_tokens <= known.max_image_tokens


def test_what_the_api_tells_of_abilities_counts_more_than_what_we_know() -> None:
    told = {
        "thinking": {"supported": True, "types": {"adaptive": {"supported": True}, "enabled": {"supported": False}}},
        "effort": {"supported": True, "low": {"supported": True}, "max": {"supported": True}, "high": None},
        "of_tomorrow": {"supported": True},
    }

    model = with_capabilities(card("claude-opus-5"), told)

    assert model.thinking == Thinking(unasked=True, takes=frozenset({"adaptive"}), quiet_up_to="high")
    assert (model.efforts, model.default_effort) == (("low", "max"), "")


@pytest.mark.parametrize("told", [{}, {"thinking": None, "effort": None}, {"thinking": {"types": []}, "effort": "yes"}])
def test_abilities_that_the_api_leaves_out_stay_as_we_know_them(told: dict[str, object]) -> None:
    assert with_capabilities(HIGH, told) == HIGH


def test_a_model_that_is_listed_elsewhere_is_known_once_it_is_told() -> None:
    novel = ListedModel("claude-novel-9", "Claude Novel 9", "novel", context_tokens=5)
    price = ListPrice(novel.id, datetime(2026, 1, 1, tzinfo=UTC), Rates.of("1 2 3 4 5"), "an admin")
    later = replace(price, effective_from=datetime(2999, 1, 1, tzinfo=UTC), rates=Rates.of("9 9 9 9 9"))

    catalogue.learn([novel], offered=["claude-novel-9", "claude-haiku-4-5-20251001"], prices=[later, price])

    assert card(novel.id).price == price
    assert card(novel.id).is_known
    assert card(novel.id).context_tokens == 5
    assert [model.id for model in offered()] == ["claude-novel-9", "claude-haiku-4-5"]
    assert card("claude-opus-5-5").context_tokens == 1_000_000


def test_a_retired_model_gives_way_to_the_newest_active_one_of_its_line() -> None:
    gone = ListedModel("claude-opus-5-5", "Claude Opus 5.5", lifecycle="retired")

    catalogue.learn([gone], offered=[gone.id, "claude-opus-5"], prices=PRICE_LIST)

    assert catalogue.in_service(gone.id).id == "claude-opus-5"
    assert [model.id for model in offered()] == ["claude-opus-5"]
    assert catalogue.in_service("claude-opus-4-20250514").id == "claude-opus-5"


def test_a_retired_model_whose_line_ended_gives_way_to_the_first_that_is_offered() -> None:
    gone = ListedModel("claude-novel-1", "Claude Novel 1", "novel", lifecycle="retired")

    catalogue.learn([gone], offered=["claude-haiku-5-5"], prices=PRICE_LIST)

    assert catalogue.in_service(gone.id).id == "claude-haiku-5-5"


def test_a_model_on_its_way_out_is_still_in_service() -> None:
    leaving = card("claude-sonnet-4-5")

    assert (leaving.lifecycle, leaving.retires_on) == (Lifecycle.DEPRECATED, date(2026, 11, 30))
    assert catalogue.in_service(leaving.id) == leaving
    assert catalogue.successor(leaving) == card("claude-sonnet-5-5")


def test_the_price_of_today_is_on_the_card() -> None:
    assert card("claude-sonnet-5-5").price.rates.usd_per_mtok_cache_read == Decimal("0.10")


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
