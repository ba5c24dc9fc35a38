"""What the Claude API and the way to it can do wrong, over a real connection. Numbers are rows of the fault list."""

import asyncio
import json
import socket

import pytest
from pytest_django import Settings

from conversations.claude.errors import Cut, Denied, NoModel, RateLimited, Rejected, TooLong, Unavailable
from conversations.claude.events import AnswerEnded, BlockEnded, TextArrived
from conversations.claude.stream import answer
from tests.upstream import (
    ChunkedCut,
    Close,
    Gate,
    Hang,
    Pings,
    Reply,
    Reset,
    Upstream,
    begin,
    block_start,
    block_stop,
    end,
    message_delta,
    spoken,
    text,
)
from tests.upstream.script import sse

from .conftest import QUESTION, outcome_of

WORDS = [begin(), text("Once upon "), text("a time")]
KEY, ADDRESS = "test-key", "http"


def error_event(kind: str) -> bytes:
    return sse({"type": "error", "error": {"type": kind, "message": "words of the upstream"}})


@pytest.mark.parametrize(
    ("status", "kind", "error_code", "error_class", "reason"),
    [
        (400, "invalid_request_error", "", Rejected, "invalid_request"),
        (400, "invalid_request_error", "enforced_spend_limit_reached", Denied, "spend_limit"),
        (401, "authentication_error", "", Denied, "unauthorized"),
        (402, "billing_error", "", Denied, "billing"),
        (403, "permission_error", "", Denied, "unauthorized"),
        (404, "not_found_error", "", NoModel, "model_not_found"),
        (413, "request_too_large", "", TooLong, "too_long"),
        (429, "rate_limit_error", "", RateLimited, "rate_limited"),
        (429, "rate_limit_error", "enforced_spend_limit_reached", Denied, "spend_limit"),
        (500, "api_error", "", Unavailable, "api_error"),
        (503, "something_new", "", Unavailable, "api_error"),
        (504, "timeout_error", "", Unavailable, "api_error"),
        (529, "overloaded_error", "", Unavailable, "overloaded"),
    ],
)
async def test_a_refused_request_says_why_and_costs_nothing(
    upstream: Upstream, status: int, kind: str, error_code: str, error_class: type, reason: str
) -> None:  # A1, A3, A4, A5, A9, A10
    upstream.script(Reply.error(status, kind, error_code=error_code))

    outcome = await outcome_of()

    assert outcome.error
    assert isinstance(outcome.error, error_class)
    assert outcome.reason == outcome.attempt.reason == reason
    assert outcome.attempt.request_id == outcome.error.request_id == "req_refused"
    assert outcome.attempt.facts == {"status": status, "error_type": kind}
    assert not outcome.attempt.billed
    assert outcome.attempt.tokens.prompt == outcome.attempt.tokens.output == 0
    assert len(outcome.events) == 1
    for secret in (KEY, ADDRESS, "words of the upstream"):
        assert secret not in outcome.error.advice


async def test_after_a_rejected_request_the_next_one_succeeds(upstream: Upstream) -> None:  # A1
    upstream.script(Reply.error(400, "invalid_request_error"), spoken("Better."))

    await outcome_of()

    assert (await outcome_of()).text == "Better."


@pytest.mark.parametrize("status", [413, 502, 503])
async def test_a_page_of_html_from_a_proxy_is_read_by_its_status(upstream: Upstream, status: int) -> None:  # A9
    upstream.script(Reply.page(b"<h1>Bad Gateway</h1>", status=status))

    assert (await outcome_of()).reason == ("too_long" if status == 413 else "api_error")


async def test_a_redirect_is_not_followed(upstream: Upstream) -> None:
    elsewhere = {"location": f"{upstream.base_url}/elsewhere"}
    upstream.script(Reply((), status=307, headers=elsewhere))

    assert (await outcome_of()).reason == "bad_gateway"
    assert len(upstream.requests) == 1


async def test_nobody_listens(upstream: Upstream, settings: Settings) -> None:  # A11
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        settings.ANTHROPIC_BASE_URL = f"http://127.0.0.1:{unused.getsockname()[1]}"
        outcome = await outcome_of()

    assert isinstance(outcome.error, Unavailable)
    assert outcome.reason == "connection"
    assert outcome.error.status is None


@pytest.mark.parametrize("deltas", [0, 1, 50])
@pytest.mark.parametrize(
    ("kind", "error_class", "reason"),
    [
        ("overloaded_error", Unavailable, "overloaded"),
        ("rate_limit_error", RateLimited, "rate_limited"),
        ("api_error", Unavailable, "api_error"),
        ("never_heard_of", Unavailable, "api_error"),
        ("invalid_request_error", Rejected, "invalid_request"),
    ],
)
async def test_an_error_event_keeps_the_words_before_it(
    upstream: Upstream, kind: str, error_class: type, reason: str, deltas: int
) -> None:  # A12
    upstream.script(Reply.streaming(begin(input_tokens=30), *[text("word ")] * deltas, error_event(kind)))

    outcome = await outcome_of()

    assert isinstance(outcome.error, error_class)
    assert outcome.reason == reason
    assert outcome.text == "word " * deltas
    assert outcome.attempt.facts["error_type"] == kind
    assert (outcome.attempt.billed, outcome.attempt.estimated) == (True, True)
    assert outcome.attempt.tokens.input == 30
    assert outcome.attempt.tokens.output == max(1, round(5 * deltas / 3))


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply.streaming(*WORDS, ChunkedCut()), "connection_lost"),  # A14
        (Reply.streaming(*WORDS), "incomplete_stream"),  # A15: a proper end of the body, too early
        (Reply.streaming(*WORDS, Close(), is_chunked=False), "incomplete_stream"),
        (Reply.streaming(*WORDS, text("lost")[:-9]), "incomplete_stream"),
        (Reply.streaming(*WORDS, block_stop(), sse({"type": "message_stop"})), "incomplete_stream"),
        (Reply.streaming(*WORDS, b'data: {"type": "content_blo\n\n'), "protocol"),  # A23
        (Reply.streaming(*WORDS, text("x").replace(b'"x"', b'"\xff\xfe"')), "protocol"),  # A24
        (Reply.streaming(*WORDS, text("lost", index=7)), "protocol"),  # A30
        (Reply.streaming(*WORDS, block_start(0)), "protocol"),
        (Reply.streaming(*WORDS, begin()), "protocol"),
        (Reply.streaming(*WORDS, {"type": "content_block_delta", "index": 0, "delta": "words"}), "protocol"),
        (Reply.streaming(*WORDS, b'data: ["not", "an", "event"]\n\n'), "protocol"),
        (Reply.streaming(*WORDS, b"data: " + b"[" * 100_000 + b'"\\u0000"\n\n'), "protocol"),
    ],
)
async def test_a_broken_stream_fails_and_keeps_what_arrived(upstream: Upstream, reply: Reply, reason: str) -> None:
    upstream.script(reply)

    outcome = await outcome_of()

    assert isinstance(outcome.error, Cut)
    assert outcome.reason == outcome.attempt.reason == reason
    assert outcome.text == "Once upon a time"
    assert not outcome.is_complete
    assert (outcome.attempt.billed, outcome.attempt.estimated) == (True, True)


async def test_a_reset_connection_keeps_what_arrived(upstream: Upstream) -> None:  # A13
    upstream.script(Reply.streaming(*WORDS, Gate("read"), Reset()))
    words = []

    async def read() -> None:
        async for event in answer(QUESTION):
            if isinstance(event, TextArrived):
                words.append(event.text)
            if "".join(words) == "Once upon a time":
                upstream.release("read")  # a reset throws away what is still unread

    with pytest.raises(Cut) as cut:
        await read()

    assert cut.value.reason == "connection_lost"
    assert "".join(words) == "Once upon a time"


@pytest.mark.parametrize(
    "reply",
    [
        Reply.streaming(begin(), block_stop(), message_delta()),
        Reply.streaming(begin(), block_stop(), message_delta(), Close(), is_chunked=False),
        Reply.streaming(begin(), block_stop(), message_delta(), ChunkedCut()),
        Reply.streaming(begin(), message_delta(), error_event("api_error")),
        Reply.streaming(begin(), message_delta(), b"data: {\n\n"),
    ],
)
async def test_after_the_stop_reason_nothing_can_spoil_the_answer(upstream: Upstream, reply: Reply) -> None:  # A16
    upstream.script(reply)

    outcome = await outcome_of()

    assert outcome.error is None
    assert outcome.of(AnswerEnded) == [AnswerEnded("end_turn")]
    assert outcome.of(BlockEnded)
    assert outcome.attempt.tokens.output == 20
    assert outcome.attempt.facts["warning"]


@pytest.mark.parametrize(
    "reply",
    [
        Reply.page(b"<html>Please sign in to the guest network</html>\n\n"),
        Reply.page(b""),
        Reply.streaming(),
        Reply.json({"type": "message", "content": []}),
    ],
)
async def test_something_else_than_a_stream_is_a_bad_gateway(upstream: Upstream, reply: Reply) -> None:  # A17
    upstream.script(reply)

    outcome = await outcome_of()

    assert isinstance(outcome.error, Cut)
    assert outcome.reason == "bad_gateway"
    assert outcome.error.retryable
    assert not outcome.attempt.billed


@pytest.mark.parametrize("first", [block_start(0), text("lost"), message_delta()])
async def test_words_before_the_beginning_break_the_protocol(upstream: Upstream, first: bytes) -> None:  # A29
    upstream.script(Reply.streaming(first, begin(), end()))

    outcome = await outcome_of()

    assert outcome.reason == "protocol"
    assert not outcome.attempt.billed


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
async def test_single_bytes_and_either_line_end_give_the_same_text(upstream: Upstream, line_end: bytes) -> None:
    words = "Grüße, 世界 🌍 — fjørd 👩‍👩‍👧"
    script = b"".join([begin(), json_utf8(text(words)), end()]).replace(b"\n", line_end)
    upstream.script(Reply.streaming(script, slice_bytes=1))

    assert (await outcome_of()).text == words  # A25, A26


def json_utf8(event: bytes) -> bytes:
    """The event with its letters as UTF-8 instead of escapes."""
    name, data = event.split(b"data: ")
    return name + b"data: " + json.dumps(json.loads(data), ensure_ascii=False).encode() + b"\n\n"


async def test_unknown_kinds_are_kept_or_passed_over_and_named(upstream: Upstream) -> None:  # A27
    upstream.script(
        Reply.streaming(
            begin(index=None),
            {"type": "telemetry", "value": 1},
            b": a comment\nid: 5\nretry: 100\n\n",
            b'data: {\ndata:   "type": "ping"\ndata: }\n\n',
            block_start(0, "hologram", light="green"),
            {"type": "content_block_delta", "index": 0, "delta": {"type": "light_delta", "light": "red"}},
            block_stop(0),
            block_start(1),
            {"type": "content_block_delta", "index": 1, "delta": {"type": "tone_delta", "tone": "low"}},
            text("Still here.", 1),
            block_stop(9),
            end(index=1),
        )
    )

    outcome = await outcome_of()

    assert outcome.is_complete
    assert outcome.text == "Still here."
    assert outcome.of(BlockEnded)[0].block == {"type": "hologram", "light": "green"}
    assert outcome.attempt.facts["unknown_types"] == ["hologram", "light_delta", "telemetry", "tone_delta"]


async def test_one_enormous_delta_stops_the_answer(upstream: Upstream) -> None:  # A37
    upstream.script(Reply.streaming(*WORDS, text("x" * (8 * 1024 * 1024)), Hang()))

    outcome = await outcome_of()

    assert outcome.reason == "too_large"
    assert outcome.text == "Once upon a time"
    await upstream.left(upstream.requests[0])


async def test_many_deltas_stop_the_answer_at_two_mebibytes(upstream: Upstream) -> None:  # A37
    upstream.script(Reply.streaming(begin(), *[text("x" * 65536)] * 40, Hang()))

    outcome = await outcome_of()

    assert outcome.reason == "too_large"
    assert len(outcome.text) == 2 * 1024 * 1024
    await upstream.left(upstream.requests[0])


async def test_ten_thousand_deltas_become_far_fewer_events(upstream: Upstream) -> None:  # A38
    upstream.script(Reply.streaming(begin(), b"".join([text("x")] * 10_000), end()))

    outcome = await outcome_of()

    assert outcome.text == "x" * 10_000
    assert len(outcome.of(TextArrived)) < 500


@pytest.mark.parametrize("escape", ["\\u0000", "\\ud83d", "\\ude00"])
async def test_what_no_database_takes_is_replaced(upstream: Upstream, escape: str) -> None:  # A39
    upstream.script(Reply.streaming(begin(), text("a#b").replace(b"#", escape.encode()), text("\U0001f600"), end()))

    outcome = await outcome_of()

    assert outcome.text == "a\ufffdb\U0001f600"
    assert outcome.is_complete


async def test_a_written_escape_is_left_alone(upstream: Upstream) -> None:
    upstream.script(Reply.streaming(begin(), text(r"In JSON, \u0000 is NUL and \ud83d is half a pair."), end()))

    assert (await outcome_of()).text == r"In JSON, \u0000 is NUL and \ud83d is half a pair."


async def test_what_comes_after_the_end_is_ignored(upstream: Upstream) -> None:  # A43
    upstream.script(Reply.streaming(begin(), text("Done."), end(), end(), text(" Not done.")))

    outcome = await outcome_of()

    assert outcome.text == "Done."
    assert len(outcome.of(AnswerEnded)) == 1


@pytest.mark.parametrize(
    ("reply", "limits", "reason"),
    [
        (Reply.never(), {"FIRST_BYTE": 0.2}, "timeout_first_byte"),  # A18
        (Reply.streaming(Hang()), {"FIRST_BYTE": 0.2}, "timeout_first_byte"),  # A19
        (Reply.streaming(Pings()), {"FIRST_BYTE": 0.2}, "timeout_first_byte"),
        (Reply.streaming(*WORDS, Hang()), {"STALL": 0.2}, "stalled"),  # A20
        (Reply.streaming(*WORDS, Pings()), {"STALL": 0.2}, "stalled"),  # A21
        (Reply.streaming(begin(index=None), Pings()), {"STALL": 0.2}, "stalled"),
        (Reply.streaming(*WORDS, Pings()), {"TOTAL": 0.2}, "timeout_total"),  # A22
        (Reply.never(), {"TOTAL": 0.2}, "timeout_total"),
    ],
)
async def test_silence_ends_at_the_deadline_that_it_breaks(
    upstream: Upstream, settings: Settings, reply: Reply, limits: dict[str, float], reason: str
) -> None:
    for name, seconds in limits.items():
        setattr(settings, f"CLAUDE_{name}_S", seconds)
    upstream.script(reply)

    async with asyncio.timeout(3):
        outcome = await outcome_of()

    assert outcome.reason == outcome.attempt.reason == reason
    assert outcome.attempt.duration_ms >= 200
    await upstream.left(upstream.requests[0])


async def test_a_slow_drip_that_never_stalls_ends_at_the_total(upstream: Upstream, settings: Settings) -> None:  # A22
    settings.CLAUDE_STALL_S, settings.CLAUDE_TOTAL_S = 2, 0.6
    drip = [step for n in range(20) for step in (Gate(str(n)), text("."))]
    upstream.script(Reply.streaming(begin(), *drip, Hang()))
    loop = asyncio.get_running_loop()
    for n in range(20):
        loop.call_later(n * 0.05, upstream.release, str(n))

    outcome = await outcome_of()

    assert outcome.reason == "timeout_total"
    assert outcome.text


async def test_words_put_the_stall_off(upstream: Upstream, settings: Settings) -> None:
    settings.CLAUDE_STALL_S = 0.5
    upstream.script(Reply.streaming(begin(), text("a"), Gate("1"), text("b"), Gate("2"), text("c"), end()))
    loop = asyncio.get_running_loop()
    loop.call_later(0.3, upstream.release, "1")
    loop.call_later(0.6, upstream.release, "2")

    assert (await outcome_of()).text == "abc"


async def test_a_stall_after_the_stop_reason_is_only_a_warning(upstream: Upstream, settings: Settings) -> None:
    settings.CLAUDE_STALL_S = 0.1
    upstream.script(Reply.streaming(*WORDS, block_stop(), message_delta(), Hang()))

    outcome = await outcome_of()

    assert outcome.is_complete
    assert outcome.attempt.facts["warning"] == "stalled_after_stop_reason"
