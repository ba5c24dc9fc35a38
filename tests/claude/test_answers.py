"""Answers that end well, over a real connection."""

from typing import Any

import pytest

from conversations.claude.events import (
    AnswerBegan,
    AnswerEnded,
    AttemptEnded,
    BlockBegan,
    BlockEnded,
    Refused,
    TextArrived,
    ThinkingArrived,
    TokenCounts,
)
from tests.upstream import Reply, Upstream, begin, block_start, block_stop, end, message_delta, spoken, text
from tests.upstream.script import sse

from .conftest import outcome_of


async def test_an_answer_arrives_in_the_order_of_the_grammar(upstream: Upstream) -> None:
    upstream.script(spoken("A fjord is a drowned valley."))

    outcome = await outcome_of()

    kinds = [type(event) for event in outcome.events]
    assert kinds[:2] == [AnswerBegan, BlockBegan]
    assert kinds[-3:] == [BlockEnded, AttemptEnded, AnswerEnded]
    assert set(kinds[2:-3]) == {TextArrived}
    assert outcome.text == "A fjord is a drowned valley."
    assert outcome.of(BlockEnded)[0].block == {"type": "text", "text": "A fjord is a drowned valley."}


async def test_the_attempt_says_what_the_ledger_needs(upstream: Upstream) -> None:
    usage: dict[str, Any] = {"input_tokens": 7, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 50}
    split: dict[str, Any] = {"cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 30}}
    upstream.script(spoken("Yes.", model="claude-opus-5-5-answering", output_tokens=9, **usage, **split))

    attempt = (await outcome_of()).attempt

    assert attempt.tokens == TokenCounts(7, cache_write_5m=20, cache_write_1h=30, cache_read=100, output=9)
    assert (attempt.asked_model, attempt.answered_model) == ("claude-opus-5-5", "claude-opus-5-5-answering")
    assert (attempt.request_id, attempt.stop_reason, attempt.reason) == ("req_upstream", "end_turn", "")
    assert attempt.billed
    assert not attempt.estimated
    assert attempt.first_token_ms is not None
    assert 0 <= attempt.first_token_ms <= attempt.duration_ms
    assert attempt.facts == {}


@pytest.mark.parametrize(
    "stop_reason",
    [
        "end_turn",
        "max_tokens",
        "stop_sequence",
        "pause_turn",
        "model_context_window_exceeded",
        "tool_use",
        "not_yet_made",
    ],
)
async def test_every_stop_reason_completes_the_answer_under_its_own_name(upstream: Upstream, stop_reason: str) -> None:
    upstream.script(spoken("As far as it goes.", stop_reason=stop_reason))

    outcome = await outcome_of()

    assert outcome.of(AnswerEnded) == [AnswerEnded(stop_reason)]
    assert outcome.attempt.stop_reason == stop_reason
    assert outcome.text == "As far as it goes."


async def test_thinking_comes_apart_from_the_text_and_keeps_its_signature(upstream: Upstream) -> None:
    signature = sse(
        {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "s1"}}
    )
    thinking = [begin(kind="thinking"), text("Water… ", kind="thinking"), text("ice.", kind="thinking"), signature]
    upstream.script(Reply.streaming(*thinking, block_stop(0), block_start(1), text("Ice.", 1), end(index=1)))

    outcome = await outcome_of()

    assert "".join(event.text for event in outcome.of(ThinkingArrived)) == "Water… ice."
    assert outcome.text == "Ice."
    assert [ended.block for ended in outcome.of(BlockEnded)] == [
        {"type": "thinking", "thinking": "Water… ice.", "signature": "s1"},
        {"type": "text", "text": "Ice."},
    ]


@pytest.mark.parametrize(
    ("category", "is_billed"),
    [
        ("cyber", False),
        ("general_harms", False),
        (None, False),
        ("some_new_area", False),
        ("bio", True),
        ("frontier_llm", True),
        ("reasoning_extraction", True),
    ],
)
async def test_a_refusal_before_any_word_is_billed_by_its_category(
    upstream: Upstream, category: str | None, is_billed: bool
) -> None:
    details = {"type": "refusal", "category": category, "explanation": "Not this."}
    upstream.script(Reply.streaming(begin(index=None), end("refusal", index=None, stop_details=details)))

    outcome = await outcome_of()

    assert outcome.of(Refused) == [Refused(category, "Not this.", after_text=False)]
    assert outcome.attempt.billed is is_billed
    assert outcome.of(AnswerEnded) == [AnswerEnded("refusal")]


async def test_a_refusal_in_mid_answer_is_billed_and_comes_after_the_words(upstream: Upstream) -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": None}
    upstream.script(Reply.streaming(begin(), text("First you"), end("refusal", stop_details=details)))

    outcome = await outcome_of()

    assert outcome.of(Refused) == [Refused("cyber", None, after_text=True)]
    assert outcome.text == "First you"
    assert outcome.attempt.billed


async def test_a_refusal_without_details_is_still_a_refusal(upstream: Upstream) -> None:
    upstream.script(Reply.streaming(begin(index=None), end("refusal", index=None)))

    assert (await outcome_of()).of(Refused) == [Refused(None, None, after_text=False)]


async def test_usage_totals_are_overwritten_and_web_searches_counted(upstream: Upstream) -> None:
    late = {"input_tokens": 30, "output_tokens": 40, "cache_creation_input_tokens": 25}
    more = {"server_tool_use": {"web_search_requests": 2}, "output_tokens_details": {"thinking_tokens": 11}}
    final = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": late | more}
    split: dict[str, Any] = {"cache_creation_input_tokens": 15, "cache_creation": {"ephemeral_1h_input_tokens": 10}}
    upstream.script(
        Reply.streaming(
            begin(**split), text("Found."), block_stop(), message_delta(None, output_tokens=8), final, end()
        )
    )

    attempt = (await outcome_of()).attempt

    assert attempt.tokens == TokenCounts(30, cache_write_5m=15, cache_write_1h=10, output=40, web_searches=2)
    assert attempt.facts["thinking_tokens"] == 11


@pytest.mark.parametrize("output_tokens", [None, 0])
async def test_missing_or_shrinking_usage_keeps_the_largest_and_is_marked(
    upstream: Upstream, output_tokens: int | None
) -> None:
    late = message_delta("end_turn", output_tokens=output_tokens)
    upstream.script(
        Reply.streaming(begin(output_tokens=5), text("Hm."), block_stop(), late, sse({"type": "message_stop"}))
    )

    attempt = (await outcome_of()).attempt

    assert attempt.tokens.output == 5
    assert attempt.facts["usage_suspect"] is True
    assert not attempt.estimated


async def test_a_tool_call_cut_by_max_tokens_has_no_input_to_run(upstream: Upstream) -> None:
    partial = {"type": "input_json_delta", "partial_json": '{"city": "Ber'}
    upstream.script(
        Reply.streaming(
            begin(index=None),
            block_start(0, "tool_use", id="toolu_1", name="weather", input={}),
            {"type": "content_block_delta", "index": 0, "delta": partial},
            end("max_tokens"),
        )
    )

    outcome = await outcome_of()

    assert outcome.of(BlockEnded)[0].block["input"] == {}
    assert outcome.attempt.facts["tool_input_incomplete"] is True


async def test_a_whole_tool_call_is_put_together(upstream: Upstream) -> None:
    pieces = ["", '{"city": ', '"Bergen"}']
    deltas = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": piece}}
        for piece in pieces
    ]
    start = block_start(0, "tool_use", id="toolu_1", name="weather", input={})
    upstream.script(Reply.streaming(begin(index=None), start, *deltas, end("tool_use")))

    assert (await outcome_of()).of(BlockEnded)[0].block["input"] == {"city": "Bergen"}


async def test_citations_stay_with_their_text(upstream: Upstream) -> None:
    citation = {"type": "web_search_result_location", "url": "https://example.org", "title": "Fjords"}
    delta = {"type": "content_block_delta", "index": 0, "delta": {"type": "citations_delta", "citation": citation}}
    upstream.script(Reply.streaming(begin(), text("Deep."), delta, end()))

    assert (await outcome_of()).of(BlockEnded)[0].block["citations"] == [citation]


async def test_many_deltas_in_one_piece_become_one_event(upstream: Upstream) -> None:
    upstream.script(Reply.streaming(begin() + b"".join(text(word) for word in ("a", "b", "c")) + end()))

    assert [event.text for event in (await outcome_of()).of(TextArrived)] == ["abc"]
