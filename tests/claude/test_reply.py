"""A whole answer at once."""

from dataclasses import replace

from conversations.claude.reply import reply
from tests.upstream import Reply, Upstream, begin, end, spoken, text

from .conftest import QUESTION


async def test_a_reply_has_the_words_and_what_they_cost(upstream: Upstream) -> None:
    upstream.script(spoken("A drowned valley.", output_tokens=6))

    told = await reply(QUESTION)

    assert told.text == "A drowned valley."
    assert told.is_whole
    assert [attempt.tokens.output for attempt in told.attempts] == [6]


async def test_a_reply_that_fails_says_why_and_is_not_whole(upstream: Upstream) -> None:
    upstream.script(Reply.error(400, "invalid_request_error"))

    told = await reply(QUESTION)

    assert told.error is not None
    assert told.error.reason == "invalid_request"
    assert not told.is_whole
    assert [attempt.reason for attempt in told.attempts] == ["invalid_request"]


async def test_a_reply_that_was_cut_by_its_limit_is_not_whole(upstream: Upstream) -> None:
    upstream.script(Reply.streaming(begin(), text("A drow"), end("max_tokens")))

    assert not (await reply(replace(QUESTION, max_tokens=2))).is_whole


async def test_a_refused_reply_is_not_whole(upstream: Upstream) -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": None}
    upstream.script(Reply.streaming(begin(index=None), end("refusal", index=None, stop_details=details)))

    told = await reply(QUESTION)

    assert told.refused is not None
    assert told.refused.category == "cyber"
    assert not told.is_whole
