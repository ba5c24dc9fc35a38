"""The gateway's batches: handed in, looked at, read line by line, and every fault one of ours."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conversations.claude import batches
from conversations.claude.ask import Ask, TextPart, Utterance
from conversations.claude.batch_answers import BatchAnswer, Outcome
from conversations.claude.batches import took_nothing
from conversations.claude.errors import ClaudeError
from tests.upstream import Close, Pings, Reply, Reset, Upstream, errored, succeeded

NOW = datetime.now(UTC)


def ask(text: str, **more: Any) -> Ask:
    return Ask("claude-opus-5-5", (Utterance("user", (TextPart(text),)),), max_tokens=1000, **more)


ASKS = [(f"one-{number}", ask(f"Question {number}")) for number in range(3)]


async def ended(upstream: Upstream) -> str:
    upstream.batches.takes_s = 0
    made = await batches.create(ASKS)
    assert (await batches.look(made.id)).has_results
    return made.id


async def answers_of(batch_id: str) -> dict[str, BatchAnswer]:
    return {answer.name: answer async for answer in batches.results(batch_id)}


async def test_a_batch_is_handed_in_looked_at_and_read(upstream: Upstream) -> None:
    made = await batches.create(ASKS)
    before = await batches.look(made.id)
    upstream.batches.takes_s = 0

    assert (before.status, before.request_count, before.has_results) == ("in_progress", 3, False)
    assert (await batches.look(made.id)).has_results
    answers = await answers_of(made.id)
    assert list(answers) == ["one-2", "one-1", "one-0"]
    assert answers["one-1"].text == "You asked: Question 1"
    assert answers["one-1"].terms.service_tier == "batch"


async def test_what_batches_do_not_take_is_left_out(upstream: Upstream, settings: Any) -> None:
    settings.CLAUDE_SPEED, settings.CLAUDE_GEO = "fast", "us"

    await batches.create([("one", ask("Why?", system="Be brief. " * 5000))])

    (sent,) = upstream.batches.created[0]["requests"]
    assert sent["params"]["inference_geo"] == "us"
    assert {"speed", "stream", "cache_control"}.isdisjoint(sent["params"])
    assert "cache_control" not in sent["params"]["system"][0]


async def test_each_outcome_is_read_and_only_answers_are_billed(upstream: Upstream) -> None:
    other = {"one-1": errored("overloaded_error"), "one-2": {"type": "expired"}}
    upstream.batches.result_for = lambda request: other.get(request["custom_id"]) or succeeded(request)

    answers = await answers_of(await ended(upstream))

    told = {name: (answer.outcome, answer.reason, answer.is_billed) for name, answer in answers.items()}
    assert told == {
        "one-0": (Outcome.SUCCEEDED, "", True),
        "one-1": (Outcome.ERRORED, "overloaded", False),
        "one-2": (Outcome.EXPIRED, "expired", False),
    }


@pytest.mark.parametrize(
    ("category", "content", "is_billed"),
    [("general_harms", [], False), ("bio", [], True), ("general_harms", [{"type": "text", "text": "Well,"}], True)],
)
async def test_a_refusal_is_an_answer_and_billed_by_its_category(
    upstream: Upstream, category: str, content: list[Any], is_billed: bool
) -> None:
    details = {"type": "refusal", "category": category, "explanation": None}
    upstream.batches.result_for = lambda request: succeeded(
        request, stop_reason="refusal", content=content, stop_details=details
    )

    answers = await answers_of(await ended(upstream))

    refused = answers["one-0"].refused
    assert refused is not None
    assert (refused.category, refused.after_text) == (category, bool(content))
    assert answers["one-0"].is_billed is is_billed


async def test_words_that_look_like_the_end_of_a_line_are_words(upstream: Upstream) -> None:
    upstream.batches.result_for = lambda request: succeeded(request, "One\u2028two\u0085three\r\nfour")

    answers = await answers_of(await ended(upstream))

    assert {answer.text for answer in answers.values()} == {"One\u2028two\u0085three\r\nfour"}


async def test_a_damaged_line_costs_only_itself(upstream: Upstream) -> None:
    batch_id = await ended(upstream)
    damaged = (b"{not json}\n", b"[]\n", b"\xff\n", b'{"custom_id": 7, "result": {"type": "expired"}}\n')
    upstream.batches.twist("results", lambda reply: replace(reply, steps=(*damaged, *reply.steps)))

    assert len(await answers_of(batch_id)) == len(ASKS)


async def test_results_that_break_off_raise_after_what_came(upstream: Upstream) -> None:
    batch_id = await ended(upstream)
    line = b'{"custom_id": "one-0", "result": {"type": "expired"}}\n'
    upstream.batches.twist("results", lambda reply: replace(reply, steps=(line, Reset())))
    answers = batches.results(batch_id)

    first = await anext(answers)
    with pytest.raises(ClaudeError, match="connection_lost"):
        await anext(answers)

    assert first.name == "one-0"


async def test_results_that_stall_end(upstream: Upstream, settings: Any) -> None:
    settings.CLAUDE_STALL_S = 0.05
    batch_id = await ended(upstream)
    upstream.batches.twist("results", lambda reply: replace(reply, steps=(b"{", Pings(every_s=30))))

    with pytest.raises(ClaudeError, match="stalled"):
        await answers_of(batch_id)


@pytest.mark.parametrize(
    ("reply", "reason", "is_certain"),
    [
        (Reply.error(400, "invalid_request_error"), "invalid_request", True),
        (Reply.error(401, "authentication_error"), "unauthorized", True),
        (Reply.error(429, "rate_limit_error"), "rate_limited", True),
        (Reply.error(529, "overloaded_error"), "overloaded", True),
        (Reply.error(500, "api_error"), "api_error", False),
        (Reply.error(504, "timeout_error"), "api_error", False),
        (Reply((), steps_before=(Reset(),)), "connection", False),
        (Reply((), steps_before=(Close(),)), "connection", False),
        (Reply.json({"id": None}), "protocol", False),
        (Reply.page(b"<h1>Hello"), "protocol", False),
    ],
    ids=["400", "401", "429", "529", "500", "504", "reset", "closed", "shape", "page"],
)
async def test_a_failed_hand_in_says_whether_a_batch_may_exist(
    upstream: Upstream, reply: Reply, reason: str, is_certain: bool
) -> None:
    upstream.batches.twist("create", lambda _: reply)

    with pytest.raises(ClaudeError) as raised:
        await batches.create(ASKS)

    assert (raised.value.reason, took_nothing(raised.value)) == (reason, is_certain)


async def test_the_newest_batches_can_be_listed(upstream: Upstream) -> None:
    made = [await batches.create(ASKS[:number]) for number in (1, 2, 3)]

    listed = await batches.created_since(NOW - timedelta(minutes=1))

    assert [facts.id for facts in listed] == [facts.id for facts in reversed(made)]
    assert [facts.request_count for facts in listed] == [3, 2, 1]
    assert await batches.created_since(NOW + timedelta(days=1)) == ()


async def test_a_cancelled_batch_ends_without_answers(upstream: Upstream) -> None:
    made = await batches.create(ASKS)

    assert (await batches.cancel(made.id)).status == "canceling"
    assert (await batches.look(made.id)).has_results
    assert {answer.outcome for answer in (await answers_of(made.id)).values()} == {Outcome.CANCELED}


async def test_a_batch_that_the_api_does_not_know_is_a_404(upstream: Upstream) -> None:
    with pytest.raises(ClaudeError) as raised:
        await batches.look("msgbatch_gone")

    assert raised.value.status == 404
