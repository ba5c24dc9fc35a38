"""The owner's terms: sent to the models that take them, and to all of those."""

import pytest
from pytest_django import Settings

from conversations.claude.wishes import owners_wishes
from tests.upstream import Upstream, spoken

from .conftest import QUESTION, outcome_of

NAMES = {"speed", "inference_geo", "service_tier"}


def test_the_apis_own_defaults_are_left_out() -> None:
    assert owners_wishes("claude-opus-5-5") == {}


@pytest.mark.parametrize(
    ("model", "sent"),
    [
        ("claude-opus-5-5", {"speed": "fast", "inference_geo": "us", "service_tier": "standard_only"}),
        ("claude-opus-5", {"inference_geo": "us", "service_tier": "standard_only"}),  # its fast mode needs admission
        ("claude-haiku-4-5", {"service_tier": "standard_only"}),
        ("claude-of-tomorrow", {"inference_geo": "us", "service_tier": "standard_only"}),  # refused rather than abroad
    ],
)
def test_each_goes_to_the_models_that_take_it(settings: Settings, model: str, sent: dict[str, str]) -> None:
    settings.CLAUDE_SPEED, settings.CLAUDE_GEO, settings.CLAUDE_SERVICE_TIER = "fast", "us", "standard_only"

    assert owners_wishes(model) == sent


async def test_they_are_in_every_request_and_the_answers_terms_are_what_counts(
    upstream: Upstream, settings: Settings
) -> None:
    settings.CLAUDE_SPEED, settings.CLAUDE_GEO = "fast", "us"
    upstream.script(spoken(speed="standard", inference_geo="us", service_tier="standard"))

    attempt = (await outcome_of(QUESTION)).attempt

    assert {name: upstream.requests[0].body.get(name) for name in NAMES} == {
        "speed": "fast",
        "inference_geo": "us",
        "service_tier": None,
    }
    assert (attempt.terms.speed, attempt.terms.inference_geo) == ("standard", "us")
