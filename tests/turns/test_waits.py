"""The wait before another attempt: every window counts it down, and Stop works in it. A long one is none."""

import asyncio
import re
from dataclasses import replace
from time import monotonic

import pytest
from django.test import AsyncClient
from pytest_django import Settings

from conversations.models import State, Turn, UsageEntry, User
from conversations.turns.worker import Worker
from tests.live.windows import window
from tests.turns.conversing import ask, attempts_of, booked, ended, journaled
from tests.upstream import Gate, Hang, Reply, Upstream, begin, spoken, text

pytestmark = pytest.mark.django_db(transaction=True)

BUSY = Reply.error(429, "rate_limit_error", retry_after="15")
SECONDS = re.compile(
    r'<count-down role="timer" data-then="Trying again" data-seconds="(\d+)">Trying again in (\d+) s</count-down>'
)


@pytest.fixture(autouse=True)
def retries(upstream: Upstream, settings: Settings) -> None:
    settings.CLAUDE_RETRIES = 2


async def signed_in(person: User) -> AsyncClient:
    client = AsyncClient()
    await client.aforce_login(person)
    return client


async def page_of(person: User, turn: Turn) -> str:
    return (await (await signed_in(person)).get(f"/c/{turn.conversation_id}/")).content.decode()


async def test_every_window_counts_down_also_one_that_comes_later(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(BUSY)
    turn = await ask(alice)

    async with window(alice, turn.conversation_id) as first:
        frame = await first.frame_with("<count-down")
        async with window(alice, turn.conversation_id) as second:
            snapshot = await second.frame()

    assert "Claude is busy." in frame
    for html in (frame, snapshot, await page_of(alice, turn)):
        ((announced, shown),) = SECONDS.findall(html)
        assert 13 <= int(announced) <= 15
        assert announced == shown


async def test_a_screen_reader_hears_the_seconds_once(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(replace(BUSY, steps_before=(Gate("asked"),)))
    turn = await ask(alice)

    async with window(alice, turn.conversation_id) as live:
        await live.frame()
        upstream.release("asked")
        frame = await live.frame_with("<count-down")

    assert re.findall(r'<div id="status" hx-swap-oob="innerHTML">(.*?)</div>', frame) == [
        "Claude is busy. Trying again in 15 seconds."
    ]


async def test_stop_in_the_wait_ends_the_turn_as_stopped_within_a_second(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(BUSY)
    turn = await ask(alice)
    client = await signed_in(alice)

    async with window(alice, turn.conversation_id) as live:
        await live.frame_with("<count-down")
        pressed_at = monotonic()
        response = await client.post(f"/c/{turn.conversation_id}/stop/", headers={"HX-Request": "true"})
        await live.frame_with('data-state="stopped"')

    assert response.status_code == 204
    assert monotonic() - pressed_at < 1
    turn = await ended(turn)
    assert (turn.answer.state, turn.answer.reason) == (State.STOPPED, "stopped")
    assert [(entry.attempt, entry.reason) for entry in await attempts_of(turn)] == [(1, "rate_limited")]
    assert len(upstream.requests) == 1


async def test_each_attempt_is_in_the_ledger(alice: User, upstream: Upstream, worker: Worker) -> None:
    now = Reply.error(429, "rate_limit_error", retry_after="0")
    upstream.script(now, now, spoken("At last."))

    turn = await ended(await ask(alice))

    assert turn.answer.text == "At last."
    assert [(entry.attempt, entry.reason, entry.billed) for entry in await attempts_of(turn)] == [
        (1, "rate_limited", False),
        (2, "rate_limited", False),
        (3, "", True),
    ]


async def test_nothing_of_the_wait_is_left_once_the_answer_is_there(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(Reply.error(529, "overloaded_error", retry_after="0.3"), spoken("At last."))

    turn = await ended(await ask(alice))
    page = await page_of(alice, turn)

    assert "At last." in page
    assert "<count-down" not in page
    assert "overloaded" not in page


@pytest.mark.parametrize(
    ("status", "kind", "reason"), [(429, "rate_limit_error", "rate_limited"), (529, "overloaded_error", "overloaded")]
)
async def test_a_long_wait_is_a_failure_that_says_at_once_when_to_come_back(
    alice: User, upstream: Upstream, worker: Worker, status: int, kind: str, reason: str
) -> None:
    upstream.script(Reply.error(status, kind, retry_after="3600"))

    async with asyncio.timeout(5):
        turn = await ended(await ask(alice))

    assert (turn.answer.state, turn.answer.reason) == (State.FAILED, reason)
    page = await page_of(alice, turn)
    assert "Try again in about 60 minutes." in page
    assert f'data-reason="{reason}"' in page
    assert len(upstream.requests) == 1


async def test_a_conversation_that_goes_after_a_retry_has_each_request_in_the_ledger_once(
    alice: User, upstream: Upstream
) -> None:
    worker = Worker()
    await worker.start()
    upstream.script(Reply.error(529, "overloaded_error", retry_after="0"))
    upstream.script(Reply.streaming(begin(), text("A drowned"), Hang()))
    turn = await ask(alice)
    await journaled(turn, "A drowned")

    await turn.conversation.adelete()

    await upstream.left(upstream.requests[1])
    await booked(2)
    await worker.drain(timeout_s=5)
    entries = [entry async for entry in UsageEntry.objects.order_by("attempt")]
    assert [(entry.attempt, entry.reason) for entry in entries] == [(1, "overloaded"), (2, "stopped")]
