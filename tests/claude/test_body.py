"""The bytes of a request: the same for small and large ones, and none that is too large to be taken."""

import asyncio
from base64 import b64decode

from pytest_django import Settings

from conversations.claude.ask import Ask, ImagePart, TextPart, Utterance
from conversations.claude.body import PIECE_BYTES, encoded
from conversations.claude.events import AttemptEnded
from conversations.claude.providers import most_bytes
from conversations.claude.stream import answer
from tests.upstream import Reply, Upstream, spoken

from .conftest import QUESTION, outcome_of


def with_images(*sizes: int) -> Ask:
    images = tuple(ImagePart("image/png", bytes(range(256)) * (size // 256)) for size in sizes)
    return Ask("claude-opus-5-5", (Utterance("user", (*images, TextPart("What is this?"))),), max_tokens=1000)


async def test_a_large_request_arrives_whole_though_it_leaves_in_pieces(upstream: Upstream) -> None:
    ask = with_images(3_500_000, 3_500_000)

    outcome = await outcome_of(ask)

    (request,) = upstream.requests
    assert outcome.is_complete
    assert len(request.raw_body) == int(request.headers["content-length"]) > 20 * PIECE_BYTES
    assert "transfer-encoding" not in request.headers
    *images, words = request.body["messages"][0]["content"]
    assert [b64decode(image["source"]["data"]) for image in images] == [
        part.data for part in ask.history[0].parts if isinstance(part, ImagePart)
    ]
    assert words["text"] == "What is this?"


async def test_each_attempt_sends_all_of_it(upstream: Upstream, settings: Settings) -> None:
    settings.CLAUDE_RETRIES = 1
    upstream.script(Reply.error(529, "overloaded_error", retry_after="0"), spoken())

    await outcome_of(with_images(600_000))

    first, second = upstream.requests
    assert first.raw_body == second.raw_body
    assert len(first.raw_body) > PIECE_BYTES


async def test_the_same_question_gives_the_same_bytes() -> None:
    assert await encoded(with_images(10_000)) == await encoded(with_images(10_000))


async def test_a_request_that_nobody_would_take_is_not_sent(upstream: Upstream) -> None:
    ask = with_images(*[most_bytes() // 10] * 10)  # base64 makes a third more of them

    outcome = await outcome_of(ask)

    assert outcome.reason == "too_long"
    assert outcome.error
    assert "Remove images" in outcome.error.advice
    assert outcome.of(AttemptEnded) == []
    assert upstream.requests == []


async def test_stop_works_while_a_request_is_encoded(upstream: Upstream) -> None:
    stream = answer(with_images(7_000_000))
    asyncio.get_running_loop().call_soon(stream.stop)

    assert [event async for event in stream] == []
    assert await stream.aclose() is None
    assert upstream.requests == []


async def test_others_go_on_while_a_large_request_leaves(upstream: Upstream) -> None:
    large, small = await asyncio.gather(outcome_of(with_images(*[3_500_000] * 6)), outcome_of(QUESTION))

    assert large.is_complete
    assert small.is_complete
