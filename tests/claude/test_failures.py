"""The tree of errors and what it says to people."""

import pytest

from conversations.claude import errors
from conversations.claude.failures import failure

REASONS = [
    "overloaded",
    "api_error",
    "connection",
    "timeout_first_byte",
    "rate_limited",
    "invalid_request",
    "too_long",
    "model_not_found",
    "unauthorized",
    "billing",
    "spend_limit",
    "stalled",
    "timeout_total",
    "incomplete_stream",
    "connection_lost",
    "protocol",
    "bad_gateway",
    "too_large",
]


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_of_the_tree_has_advice_in_plain_words(reason: str) -> None:
    error = failure(reason)

    assert error.reason == reason
    assert reason in (errors.__doc__ or "")
    assert error.advice[0].isupper()
    assert error.advice.endswith(".")
    assert "!" not in error.advice
    assert len(error.advice) < 160


@pytest.mark.parametrize(("seconds", "words"), [(0.2, "in 1 second."), (45, "45 seconds"), (600, "about 10 minutes")])
def test_a_wish_of_the_api_is_said_in_words(seconds: float, words: str) -> None:
    assert words in failure("rate_limited", retry_after_s=seconds).advice


def test_only_what_may_mend_itself_is_worth_repeating() -> None:
    retryable = {reason for reason in REASONS if failure(reason).retryable}

    assert retryable == {
        "api_error",
        "bad_gateway",
        "connection",
        "connection_lost",
        "incomplete_stream",
        "overloaded",
        "rate_limited",
        "timeout_first_byte",
    }
