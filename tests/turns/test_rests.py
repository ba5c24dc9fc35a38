"""The API's limits in the middle of an answer: between two rounds the turn waits where it is until there is room."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from conversations.models import State, Turn, User
from conversations.turns.worker import Worker
from tests.live.windows import window
from tests.turns.conversing import ask, attempts_of, booked, ended, reload, stop
from tests.turns.test_tool_loop import SUM, kinds, leave_behind
from tests.turns.toolbox import asks
from tests.upstream import Reply, Upstream, spoken

pytestmark = pytest.mark.django_db(transaction=True)

COUNTS_DOWN = "Claude is busy. <count-down"


def too_much(retry_after: str) -> Reply:
    return Reply.error(429, "rate_limit_error", retry_after=retry_after)


async def facts_of(turn: Turn) -> list[tuple[int, str]]:
    return [(row.attempt, row.reason) for row in await attempts_of(turn)]


async def test_a_round_that_meets_a_limit_waits_and_the_answer_goes_on(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(asks(SUM, words="Let me see."), too_much("1"), spoken("It is 42."))
    turn = await ask(alice)

    async with window(alice, turn.conversation_id) as live:
        await live.frame_with(COUNTS_DOWN)
        await live.frame_with("It is 42.")

    turn = await ended(turn)
    assert (turn.answer.state, turn.answer.reason) == (State.COMPLETE, "")
    assert kinds(turn.answer.content) == ["text", "tool_use", "tool_result", "text"]
    assert await facts_of(turn) == [(1, ""), (2, "rate_limited"), (3, "")]


async def test_it_waits_as_often_as_there_is_no_room(alice: User, upstream: Upstream, worker: Worker) -> None:
    """Where no attempt is repeated otherwise."""
    upstream.script(asks(SUM), too_much("0"), too_much("0"), spoken("It is 42."))

    turn = await ended(await ask(alice))

    assert turn.answer.state == State.COMPLETE
    assert [reason for _, reason in await facts_of(turn)] == ["", "rate_limited", "rate_limited", ""]


async def test_a_window_that_comes_meanwhile_sees_the_words_and_the_wait(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(asks(SUM, words="Let me see."), too_much("60"))
    turn = await ask(alice)

    async with window(alice, turn.conversation_id) as first:
        await first.frame_with(COUNTS_DOWN)
        async with window(alice, turn.conversation_id) as later:
            snapshot = await later.frame()
    client = AsyncClient()
    await client.aforce_login(alice)
    page = (await client.get(f"/c/{turn.conversation_id}/")).content.decode()

    for html in (snapshot, page):
        assert "Let me see." in html
        assert COUNTS_DOWN in html


async def test_stop_ends_the_wait_and_keeps_what_there_was(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(asks(SUM, words="Let me see."), too_much("60"))
    turn = await ask(alice)
    async with window(alice, turn.conversation_id) as live:
        await live.frame_with(COUNTS_DOWN)

    await stop(turn)

    turn = await ended(turn)
    assert (turn.answer.state, turn.answer.reason) == (State.STOPPED, "stopped")
    assert kinds(turn.answer.content) == ["text", "tool_use", "tool_result"]
    assert await facts_of(turn) == [(1, ""), (2, "rate_limited")]
    assert len(upstream.requests) == 2


@pytest.mark.parametrize("limit", ["TURN_QUEUE_S", "CLAUDE_TOTAL_S"])
async def test_a_rest_that_is_longer_than_a_turn_may_wait_is_a_failure(
    alice: User, upstream: Upstream, worker: Worker, settings: Any, limit: str
) -> None:
    setattr(settings, limit, 30)
    upstream.script(asks(SUM, words="Let me see."), too_much("31"))

    turn = await ended(await ask(alice))

    assert (turn.answer.state, turn.answer.reason) == (State.FAILED, "rate_limited")
    assert "Try again in 31 seconds." in turn.answer.advice
    assert kinds(turn.answer.content) == ["text", "tool_use", "tool_result"]


async def test_a_worker_that_died_in_the_wait_leaves_no_request_unbooked_or_booked_twice(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(asks(SUM, words="Let me see."), too_much("60"))
    turn = await ask(alice)
    await booked(2)

    await leave_behind(turn)

    turn = await ended(turn)
    assert (turn.answer.state, turn.answer.reason) == (State.FAILED, "interrupted")
    assert await facts_of(turn) == [(1, ""), (2, "rate_limited")]


async def test_meanwhile_the_model_rests_for_the_line_too(
    alice: User, ben: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(asks(SUM), too_much("60"))
    turn = await ask(alice)
    async with window(alice, turn.conversation_id) as live:
        await live.frame_with(COUNTS_DOWN)

    bens = await ask(ben)
    async with window(ben, bens.conversation_id) as live:
        assert "Asking in" in await live.frame_with("<count-down")

    assert len(upstream.requests) == 2
    assert not (await reload(bens)).started_at
    await stop(turn)
    await sync_to_async(Turn.objects.filter(pk=bens.pk).delete)()
