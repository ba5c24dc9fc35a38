"""Attempts after the first: how many, when, and what is said of them."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from pytest_django import Settings

from conversations.claude import retries
from conversations.claude.errors import RateLimited
from conversations.claude.events import AnswerBegan, AnswerEnded, AttemptEnded, RetryBegins, RetryWaits
from conversations.claude.failures import failure
from conversations.claude.retries import RetryPolicy
from conversations.claude.stream import answer
from tests.upstream import ChunkedCut, Pings, Reply, Upstream, begin, spoken, text
from tests.upstream.script import sse

from .conftest import QUESTION, outcome_of

BUSY = Reply.error(529, "overloaded_error", retry_after="0")
OVERLOADED_EVENT = sse({"type": "error", "error": {"type": "overloaded_error", "message": "busy"}})


@pytest.fixture(autouse=True)
def two_retries(upstream: Upstream, settings: Settings) -> None:
    settings.CLAUDE_RETRIES = 2


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "FIRST_WAIT_S", 0.01)


@pytest.mark.parametrize(
    "failing",
    [
        BUSY,
        Reply.error(429, "rate_limit_error", retry_after="0"),
        Reply.error(500, "api_error", retry_after="0"),
        Reply.page(b"<h1>Bad Gateway</h1>", status=502),
        Reply.page(b"<h1>Welcome</h1>"),
        Reply.streaming(begin(), OVERLOADED_EVENT),
        Reply.streaming(begin(index=None)),
        Reply.streaming(begin(), ChunkedCut()),
    ],
)
async def test_a_fault_before_any_word_is_tried_again_unseen(
    upstream: Upstream, failing: Reply, short_waits: None
) -> None:
    upstream.script(failing, spoken("At last."))

    outcome = await outcome_of()

    first, second = outcome.of(AttemptEnded)
    assert outcome.text == "At last."
    assert (first.number, second.number) == (1, 2)
    assert (first.reason != "", second.reason) == (True, "")
    assert [type(event) for event in outcome.events[:4]] == [AttemptEnded, RetryWaits, RetryBegins, AnswerBegan]
    assert outcome.of(RetryWaits)[0].reason == first.reason
    assert len(upstream.requests) == 2


async def test_it_gives_up_after_the_last_retry(upstream: Upstream) -> None:
    upstream.script(BUSY, BUSY, BUSY)

    outcome = await outcome_of()

    assert outcome.reason == "overloaded"
    assert [attempt.number for attempt in outcome.of(AttemptEnded)] == [1, 2, 3]
    assert [waits.failed_attempt for waits in outcome.of(RetryWaits)] == [1, 2]
    assert len(upstream.requests) == 3


async def test_words_that_were_shown_are_never_asked_for_again(upstream: Upstream) -> None:
    upstream.script(Reply.streaming(begin(), text("Well"), OVERLOADED_EVENT))

    outcome = await outcome_of()

    assert outcome.reason == "overloaded"
    assert len(upstream.requests) == 1


@pytest.mark.parametrize(
    "failing",
    [
        Reply.error(529, "overloaded_error", x_should_retry="false"),
        Reply.error(400, "invalid_request_error"),
        Reply.error(401, "authentication_error"),
        Reply.error(429, "rate_limit_error", error_code="enforced_spend_limit_reached"),
        Reply.streaming(text("too early")),
    ],
)
async def test_what_would_only_fail_again_is_not_repeated(upstream: Upstream, failing: Reply) -> None:
    upstream.script(failing)

    assert (await outcome_of()).error
    assert len(upstream.requests) == 1


async def test_a_wish_of_one_second_is_honoured_and_announced(upstream: Upstream) -> None:  # A6
    upstream.script(Reply.error(429, "rate_limit_error", retry_after="1"), spoken())

    outcome = await outcome_of()

    assert outcome.of(RetryWaits) == [RetryWaits(1, 1.0, "rate_limited")]
    assert outcome.is_complete


@pytest.mark.parametrize("retry_after", [None, "soon", "-5", "nan", "Wed, 21 Oct 2015 07:28:00 GMT"])
async def test_without_a_usable_wish_it_waits_half_a_second_or_less(
    upstream: Upstream, retry_after: str | None
) -> None:  # A7
    headers = {} if retry_after is None else {"retry_after": retry_after}
    upstream.script(Reply.error(429, "rate_limit_error", **headers))
    stream = answer(QUESTION)
    waits = []

    async for event in stream:
        if isinstance(event, RetryWaits):
            waits.append(event.wait_s)
            stream.stop()

    assert len(waits) == 1
    assert 0.375 <= waits[0] <= 0.5


@pytest.mark.parametrize(
    ("retry_after", "in_words"),
    [("3600", "about 60 minutes"), ("30", "30 seconds"), ("86400", "about 24 hours")],
)
async def test_a_wish_beyond_the_budget_fails_at_once_with_the_time(
    upstream: Upstream, retry_after: str, in_words: str
) -> None:  # A8
    upstream.script(Reply.error(429, "rate_limit_error", retry_after=retry_after))

    async with asyncio.timeout(3):
        outcome = await outcome_of()

    assert outcome.error
    assert outcome.reason == "rate_limited"
    assert outcome.error.retry_after_s == float(retry_after)
    assert in_words in outcome.error.advice
    assert outcome.of(RetryWaits) == []


async def test_a_wish_can_be_a_date(upstream: Upstream) -> None:
    in_an_hour = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    upstream.script(Reply.error(429, "rate_limit_error", retry_after=in_an_hour))

    error = (await outcome_of()).error

    assert error
    assert error.retry_after_s == pytest.approx(3600, abs=5)


async def test_the_budget_ends_the_attempts(upstream: Upstream, settings: Settings) -> None:
    settings.CLAUDE_RETRIES, settings.CLAUDE_RETRY_BUDGET_S = 10, 0.3
    upstream.script(Reply.error(500, "api_error"))

    assert (await outcome_of()).reason == "api_error"
    assert len(upstream.requests) == 1


async def test_a_first_byte_that_took_the_whole_budget_is_not_awaited_again(
    upstream: Upstream, settings: Settings
) -> None:  # A18
    settings.CLAUDE_FIRST_BYTE_S, settings.CLAUDE_RETRY_BUDGET_S = 0.3, 0.2
    upstream.script(Reply.streaming(Pings()))

    assert (await outcome_of()).reason == "timeout_first_byte"
    assert len(upstream.requests) == 1


async def test_each_attempt_has_its_own_first_byte_deadline(upstream: Upstream, settings: Settings) -> None:
    settings.CLAUDE_FIRST_BYTE_S, settings.CLAUDE_STALL_S, settings.CLAUDE_RETRIES = 0.2, 30, 1
    upstream.script(Reply.never(), Reply.never())

    outcome = await outcome_of()

    assert [attempt.reason for attempt in outcome.of(AttemptEnded)] == ["timeout_first_byte"] * 2


async def test_an_attempt_that_began_and_failed_is_counted_with_what_it_reported(
    upstream: Upstream, short_waits: None
) -> None:
    upstream.script(Reply.streaming(begin(input_tokens=500), OVERLOADED_EVENT), spoken(input_tokens=500))

    first, second = (await outcome_of()).of(AttemptEnded)

    assert (first.tokens.input, first.billed, first.estimated) == (500, True, True)
    assert (second.tokens.input, second.billed, second.estimated) == (500, True, False)


async def test_no_wait_outlives_the_total_deadline(upstream: Upstream, settings: Settings) -> None:
    settings.CLAUDE_TOTAL_S = 0.2
    upstream.script(Reply.error(429, "rate_limit_error", retry_after="5"))

    async with asyncio.timeout(3):
        outcome = await outcome_of()

    assert outcome.reason == "timeout_total"


async def test_a_limit_is_waited_for_however_often_it_is_met_and_costs_no_retry(
    upstream: Upstream, settings: Settings, short_waits: None
) -> None:
    settings.CLAUDE_RETRIES, settings.CLAUDE_RETRY_BUDGET_S = 1, 1
    no_room = Reply.error(429, "rate_limit_error", retry_after="0")
    upstream.script(no_room, no_room, BUSY, no_room, spoken("At last."))

    events = [event async for event in answer(QUESTION, rests_s=60)]

    reasons = [event.reason for event in events if isinstance(event, RetryWaits)]
    assert reasons == ["rate_limited", "rate_limited", "overloaded", "rate_limited"]
    assert isinstance(events[-1], AnswerEnded)


async def test_a_limit_that_asks_for_more_than_there_is_time_for_fails_at_once(upstream: Upstream) -> None:
    upstream.script(Reply.error(429, "rate_limit_error", retry_after="61"))

    with pytest.raises(RateLimited):
        async for _ in answer(QUESTION, rests_s=60):
            pass

    assert len(upstream.requests) == 1


async def test_a_limit_that_forbids_to_come_back_is_not_waited_for(upstream: Upstream) -> None:
    upstream.script(Reply.error(429, "rate_limit_error", retry_after="0", x_should_retry="false"))

    with pytest.raises(RateLimited):
        async for _ in answer(QUESTION, rests_s=60):
            pass

    assert len(upstream.requests) == 1


def test_the_waits_double_up_to_a_limit() -> None:
    policy = RetryPolicy(retries=20, budget_s=1e9)

    waits = [policy.wait_s(failure("overloaded"), failed, 0) for failed in range(1, 8)]

    for wait_s, most in zip(waits, [0.5, 1, 2, 4, 8, 8, 8], strict=True):
        assert wait_s is not None
        assert 0.75 * most <= wait_s <= most


async def test_the_sum_of_the_ledger_is_what_the_upstream_reported(upstream: Upstream) -> None:
    upstream.script(BUSY, spoken("One two three four.", input_tokens=70, cache_read_input_tokens=900))

    attempts = (await outcome_of()).of(AttemptEnded)

    assert sum(attempt.tokens.input for attempt in attempts) == upstream.reported.input_tokens == 70
    assert sum(attempt.tokens.cache_read for attempt in attempts) == upstream.reported.cache_read_input_tokens
    assert sum(attempt.tokens.output for attempt in attempts) == upstream.reported.output_tokens
