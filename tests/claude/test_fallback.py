"""What happens when a model stays overloaded: others are asked, each once, and every attempt is reported."""

import asyncio
from dataclasses import replace

import pytest
from pytest_django import Settings

from conversations.claude.errors import ClaudeError
from conversations.claude.events import AnswerBegan, AnswerEnded, AttemptEnded, Refused, RetryWaits
from conversations.claude.failures import failure
from conversations.claude.fallback import Course, Step, changed
from conversations.claude.retries import RetryPolicy
from conversations.claude.stream import answer
from tests.upstream import Gate, Reply, Upstream, begin, block_start, block_stop, end, spoken, text
from tests.upstream.script import sse

from .conftest import QUESTION, outcome_of

OPUS, SONNET, HAIKU = "claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"
BUSY = Reply.error(529, "overloaded_error", retry_after="0")
OVERLOADED_EVENT = sse({"type": "error", "error": {"type": "overloaded_error", "message": "busy"}})


@pytest.fixture(autouse=True)
def two_others(upstream: Upstream, settings: Settings) -> None:
    settings.CLAUDE_FALLBACK_MODELS = [SONNET, HAIKU]


def asked(upstream: Upstream) -> list[str]:
    return [request.body["model"] for request in upstream.requests]


@pytest.mark.parametrize(
    "busy",
    [
        BUSY,
        Reply.error(529, "overloaded_error", x_should_retry="false"),
        Reply.error(529, "overloaded_error", retry_after="3600"),
        Reply.streaming(begin(), OVERLOADED_EVENT),
    ],
)
async def test_the_next_model_answers_for_one_that_is_overloaded(upstream: Upstream, busy: Reply) -> None:
    upstream.script(busy, spoken("A drowned valley.", model=SONNET))

    outcome = await outcome_of()

    assert outcome.is_complete
    assert outcome.text == "A drowned valley."
    assert outcome.of(AnswerBegan)[0].model == SONNET
    assert outcome.of(RetryWaits) == [RetryWaits(1, 0, "overloaded", SONNET)]
    attempts = [(a.number, a.asked_model, a.answered_model, a.reason) for a in outcome.of(AttemptEnded)]
    assert attempts[0][:2] == (1, OPUS)
    assert attempts[0][3] == "overloaded"
    assert attempts[1] == (2, SONNET, SONNET, "")


async def test_the_asked_model_gets_its_retries_first(upstream: Upstream, settings: Settings) -> None:
    settings.CLAUDE_RETRIES = 2
    upstream.script(BUSY, BUSY, BUSY, spoken(model=SONNET))

    outcome = await outcome_of()

    assert asked(upstream) == [OPUS, OPUS, OPUS, SONNET]
    assert [attempt.number for attempt in outcome.of(AttemptEnded)] == [1, 2, 3, 4]
    assert [waits.next_model for waits in outcome.of(RetryWaits)] == ["", "", SONNET]


async def test_each_other_model_is_asked_once_and_the_failure_is_the_asked_ones(
    upstream: Upstream, settings: Settings
) -> None:
    settings.CLAUDE_RETRIES = 1
    first = Reply.error(529, "overloaded_error", retry_after="60")
    upstream.script(first, BUSY, BUSY)

    outcome = await outcome_of()

    assert asked(upstream) == [OPUS, SONNET, HAIKU]
    assert outcome.error
    assert (outcome.reason, outcome.error.retry_after_s) == ("overloaded", 60)


@pytest.mark.parametrize(
    "no",
    [
        Reply.error(404, "not_found_error"),
        Reply.error(400, "invalid_request_error"),
        Reply.error(429, "rate_limit_error"),
        Reply.page(b"<h1>Bad Gateway</h1>", status=502),
    ],
)
async def test_what_another_model_cannot_take_is_not_held_against_the_question(upstream: Upstream, no: Reply) -> None:
    upstream.script(BUSY, no, spoken(model=HAIKU))

    outcome = await outcome_of()

    assert outcome.is_complete
    assert asked(upstream) == [OPUS, SONNET, HAIKU]


async def test_a_denied_access_ends_it_since_every_model_needs_it(upstream: Upstream) -> None:
    upstream.script(BUSY, Reply.error(401, "authentication_error"))

    assert (await outcome_of()).reason == "unauthorized"
    assert len(upstream.requests) == 2


@pytest.mark.parametrize("failing", [Reply.error(500, "api_error"), Reply.error(429, "rate_limit_error")])
async def test_only_an_overload_brings_another_model(upstream: Upstream, failing: Reply) -> None:
    upstream.script(failing)

    assert (await outcome_of()).error
    assert asked(upstream) == [OPUS]


async def test_words_that_were_shown_stay_with_the_model_that_said_them(upstream: Upstream) -> None:
    upstream.script(Reply.streaming(begin(), text("Well"), OVERLOADED_EVENT))

    assert (await outcome_of()).reason == "overloaded"
    assert asked(upstream) == [OPUS]


async def test_without_a_wish_of_the_owner_nobody_else_is_asked(upstream: Upstream, settings: Settings) -> None:
    settings.CLAUDE_FALLBACK_MODELS = []
    upstream.script(BUSY)

    assert (await outcome_of()).reason == "overloaded"
    assert asked(upstream) == [OPUS]


async def test_the_total_deadline_covers_every_model(upstream: Upstream, settings: Settings) -> None:
    settings.CLAUDE_TOTAL_S = 0.3
    upstream.script(BUSY, Reply.never())

    async with asyncio.timeout(3):
        outcome = await outcome_of()

    assert outcome.reason == "timeout_total"
    assert asked(upstream) == [OPUS, SONNET]


async def test_stop_works_while_another_model_is_awaited(upstream: Upstream) -> None:
    upstream.script(BUSY, Reply.streaming(Gate("headers")))
    stream = answer(QUESTION)
    reached = asyncio.create_task(upstream.reached("headers"))
    reached.add_done_callback(lambda _: stream.stop())

    async with asyncio.timeout(3):
        attempts = [event async for event in stream if isinstance(event, AttemptEnded)]

    assert [(attempt.asked_model, attempt.reason) for attempt in attempts] == [
        (OPUS, "overloaded"),
        (SONNET, "stopped"),
    ]
    assert len(upstream.requests) == 2


@pytest.mark.parametrize(
    ("first", "others", "expected"),
    [
        (OPUS, [SONNET, OPUS, SONNET, HAIKU], [SONNET, HAIKU]),
        ("claude-haiku-4-5-20251001", ["claude-haiku-4-5", HAIKU], [HAIKU]),
        (OPUS, [OPUS], []),
    ],
)
def test_no_model_is_asked_twice_under_any_name(first: str, others: list[str], expected: list[str]) -> None:
    course = Course(first, others, RetryPolicy(retries=0, budget_s=0))

    tried = [course.after(failure("overloaded"), 0, has_shown=False).other_model for _ in expected]

    assert tried == expected
    with pytest.raises(ClaudeError):
        course.after(failure("overloaded"), 0, has_shown=False)


def test_another_model_is_asked_for_no_more_than_it_can_write() -> None:
    long = replace(QUESTION, max_tokens=128_000)

    assert changed(long, Step(0, "claude-haiku-4-5")) == replace(long, model="claude-haiku-4-5", max_tokens=64_000)
    assert changed(QUESTION, Step(0, SONNET)).max_tokens == QUESTION.max_tokens


def declined(model: str = OPUS, *steps: bytes) -> Reply:
    details = {"type": "refusal", "category": "cyber", "explanation": None}
    return Reply.streaming(begin(model=model, index=None), *steps, end("refusal", index=None, stop_details=details))


@pytest.fixture
def sonnet_when_declined(settings: Settings) -> None:
    settings.CLAUDE_REFUSAL_MODEL = SONNET


@pytest.mark.usefixtures("sonnet_when_declined")
async def test_another_model_is_asked_when_one_declines(upstream: Upstream) -> None:
    upstream.script(declined(), spoken("A drowned valley.", model=SONNET))

    outcome = await outcome_of()

    assert asked(upstream) == [OPUS, SONNET]
    assert outcome.text == "A drowned valley."
    assert [refused.category for refused in outcome.of(Refused)] == ["cyber"]
    assert outcome.of(RetryWaits) == [RetryWaits(1, 0, "refusal", SONNET)]
    assert [(a.number, a.stop_reason, a.billed) for a in outcome.of(AttemptEnded)] == [
        (1, "refusal", False),
        (2, "end_turn", True),
    ]
    assert outcome.of(AnswerEnded) == [AnswerEnded("end_turn")]


@pytest.mark.usefixtures("sonnet_when_declined")
async def test_only_one_is_asked_so_and_its_refusal_stands(upstream: Upstream) -> None:
    upstream.script(declined(), declined(SONNET))

    outcome = await outcome_of()

    assert asked(upstream) == [OPUS, SONNET]
    assert len(outcome.of(Refused)) == 2
    assert outcome.of(AnswerEnded) == [AnswerEnded("refusal")]


@pytest.mark.usefixtures("sonnet_when_declined")
async def test_the_refusal_stands_when_the_other_model_does_not_answer(upstream: Upstream) -> None:
    upstream.script(declined(), BUSY)

    outcome = await outcome_of()

    assert asked(upstream) == [OPUS, SONNET]
    assert outcome.is_complete
    assert len(outcome.of(Refused)) == 1
    assert [attempt.reason for attempt in outcome.of(AttemptEnded)] == ["", "overloaded"]


@pytest.mark.usefixtures("sonnet_when_declined")
@pytest.mark.parametrize("shown", ["text", "thinking"])
async def test_what_was_shown_is_not_taken_back(upstream: Upstream, shown: str) -> None:
    upstream.script(declined(OPUS, block_start(0, shown), text("First you", kind=shown), block_stop()))

    outcome = await outcome_of()

    assert asked(upstream) == [OPUS]
    assert outcome.of(AnswerEnded) == [AnswerEnded("refusal")]


async def test_without_the_owners_word_nobody_else_is_asked(upstream: Upstream) -> None:
    upstream.script(declined())

    await outcome_of()

    assert asked(upstream) == [OPUS]


@pytest.mark.usefixtures("sonnet_when_declined")
async def test_a_model_is_not_asked_in_its_own_place(upstream: Upstream) -> None:
    upstream.script(declined(SONNET))

    await outcome_of(replace(QUESTION, model=SONNET))

    assert asked(upstream) == [SONNET]
