"""The worker of a process: what it takes, what it leaves behind, how it ends."""

import asyncio
import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.db import connection, transaction
from django.db.models.functions import Now

from conversations.models import Heartbeat, State, Turn, TurnEvent, TurnStatus, UsageEntry, User
from conversations.turns.interrupted import close_left_behind, close_stale
from conversations.turns.start import start_turn
from conversations.turns.worker import Worker
from tests.turns.conversing import ask, attempts_of, booked, ended, journal_of, journaled, reload, sending, stop, until
from tests.upstream import Gate, Hang, Reply, Upstream, begin, end, spoken, text

pytestmark = pytest.mark.django_db(transaction=True)


async def test_it_takes_what_was_asked_before_it_started(alice: User, upstream: Upstream) -> None:
    turn = await ask(alice)
    worker = Worker()

    await worker.start()

    assert (await ended(turn)).answer.state == State.COMPLETE
    await worker.drain(timeout_s=5)


async def test_beyond_its_limit_turns_wait_in_order(alice: User, ben: User, upstream: Upstream, settings: Any) -> None:
    settings.TURN_CONCURRENCY = 1
    upstream.script(Reply.streaming(begin(), text("A drowned"), Gate("middle"), end()), spoken())
    worker = Worker()
    await worker.start()
    first, second = await ask(alice), await ask(ben)
    await journaled(first, "A drowned")

    assert (await reload(second)).status == TurnStatus.QUEUED

    upstream.release("middle")
    assert (await ended(second)).answer.state == State.COMPLETE
    await worker.drain(timeout_s=5)


async def test_a_queued_turn_can_be_stopped(alice: User, upstream: Upstream) -> None:
    turn = await ask(alice)

    assert await stop(turn)

    assert (await ended(turn)).answer.state == State.STOPPED
    assert upstream.requests == []


async def test_draining_lets_a_running_answer_finish(alice: User, upstream: Upstream) -> None:
    upstream.script(Reply.streaming(begin(), text("A drowned "), Gate("middle"), text("valley."), end()))
    worker = Worker()
    await worker.start()
    turn = await ask(alice)
    await journaled(turn, "A drowned")

    draining = asyncio.create_task(worker.drain(timeout_s=5))
    upstream.release("middle")
    await draining

    turn = await reload(turn)
    assert (turn.answer.state, turn.answer.text) == (State.COMPLETE, "A drowned valley.")


async def test_draining_closes_what_does_not_finish_in_time(alice: User, upstream: Upstream) -> None:
    upstream.script(Reply.streaming(begin(), text("A drowned"), Hang()))
    worker = Worker()
    await worker.start()
    turn = await ask(alice)
    await journaled(turn, "A drowned")

    await worker.drain(timeout_s=0)

    turn = await reload(turn)
    assert (turn.answer.state, turn.answer.reason) == (State.FAILED, "interrupted")
    assert turn.answer.text == "A drowned"
    (entry,) = await attempts_of(turn)
    assert (entry.billed, entry.estimated, entry.request_id) == (True, True, "req_upstream")


async def test_a_drained_worker_takes_nothing_new(alice: User, upstream: Upstream) -> None:
    worker = Worker()
    await worker.start()
    await worker.drain(timeout_s=0)

    turn = await ask(alice)

    assert (await reload(turn)).status == TurnStatus.QUEUED
    assert not worker.is_running


@database_sync_to_async
def left_running(turn: Turn, *texts: str) -> None:
    """As a process leaves a turn that is killed in mid-answer."""
    tokens = {"input": 12, "cache_write_5m": 0, "cache_write_1h": 0, "cache_read": 5, "output": 1, "web_searches": 0}
    began = {"message_id": "msg_1", "model": "claude-opus-5-5", "tokens": tokens}
    Turn.objects.claim(turn.pk)
    long_ago = Now() - timedelta(hours=1)
    Turn.objects.filter(pk=turn.pk).update(lease_until=long_ago, began=began if texts else None)
    for piece in texts:
        TurnEvent.objects.create(turn=turn, block_index=0, block_type="text", text=piece)


async def test_a_turn_left_running_is_closed_with_its_text_and_an_estimate(alice: User) -> None:
    turn = await ask(alice)
    await left_running(turn, "A drowned ", "valley")

    closed = await database_sync_to_async(close_left_behind)()

    turn = await reload(turn)
    assert closed == 1
    assert (turn.answer.state, turn.answer.reason, turn.answer.text) == (
        State.FAILED,
        "interrupted",
        "A drowned valley",
    )
    (entry,) = await attempts_of(turn)
    assert (entry.input_tokens, entry.cache_read_tokens, entry.estimated) == (12, 5, True)
    assert entry.output_tokens >= 5


async def test_of_a_turn_left_before_its_answer_began_the_ledger_says_that_claude_was_asked(alice: User) -> None:
    turn = await ask(alice)
    await left_running(turn)

    await database_sync_to_async(close_left_behind)()

    assert (await reload(turn)).answer.state == State.FAILED
    (entry,) = await attempts_of(turn)
    assert (entry.reason, entry.estimated, entry.answered_model, entry.cost_usd) == (
        "interrupted",
        True,
        "",
        Decimal(0),
    )


async def test_two_hundred_questions_at_once_all_get_their_answer(upstream: Upstream, worker: Worker) -> None:
    people = [await database_sync_to_async(User.objects.create_user)(f"person-{n}") for n in range(40)]

    turns = [await ask(person, f"question {n}") for n in range(5) for person in people]

    async def all_ended() -> bool:
        return not await Turn.objects.active().aexists()

    await until(all_ended)
    assert await Turn.objects.filter(status=TurnStatus.COMPLETE).acount() == len(turns) == 200


@database_sync_to_async
def lose(turn: Turn) -> None:
    """As if its worker had been silent too long, and another one had closed the turn."""
    Turn.objects.filter(pk=turn.pk).update(lease_until=Now() - timedelta(hours=1))
    assert close_stale() == 1


async def test_a_worker_that_comes_back_too_late_changes_nothing(alice: User, upstream: Upstream) -> None:
    upstream.script(Reply.streaming(begin(), text("A drowned "), Gate("middle"), text("valley."), end()))
    worker = Worker()
    await worker.start()
    turn = await ask(alice)
    await journaled(turn, "A drowned ")

    await lose(turn)
    upstream.release("middle")
    await worker.drain(timeout_s=5)

    turn = await reload(turn)
    assert (turn.answer.state, turn.answer.reason, turn.answer.text) == (State.FAILED, "interrupted", "A drowned ")
    assert await journal_of(turn) == ""
    (entry,) = await attempts_of(turn)
    assert entry.estimated


async def test_the_upstream_of_a_lost_turn_is_closed(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(Reply.streaming(begin(), text("A drowned"), Hang()))
    turn = await ask(alice)
    await journaled(turn, "A drowned")

    await lose(turn)

    await upstream.left(upstream.requests[0])


async def test_the_upstream_of_a_deleted_conversation_is_closed_and_paid_for(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(Reply.streaming(begin(), text("A drowned"), Hang()))
    turn = await ask(alice)
    await journaled(turn, "A drowned")

    await turn.conversation.adelete()

    await upstream.left(upstream.requests[0])
    await booked(1)


async def test_a_stop_whose_nudge_was_lost_is_seen_in_the_row(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(Reply.streaming(begin(), text("A drowned"), Hang()))
    turn = await ask(alice)
    await journaled(turn, "A drowned")

    await Turn.objects.filter(pk=turn.pk).aupdate(stop_requested_at=Now())

    assert (await ended(turn)).answer.state == State.STOPPED


@database_sync_to_async
def ask_and_die(person: User) -> Turn:
    """As a process that is killed between its commit and its news."""
    with transaction.atomic():
        turn = start_turn(person, sending(), None)
        connection.run_on_commit.clear()
    return turn


async def test_a_question_whose_nudge_was_lost_is_answered(alice: User, upstream: Upstream, worker: Worker) -> None:
    turn = await ask_and_die(alice)

    assert (await ended(turn)).answer.state == State.COMPLETE


async def test_leases_are_renewed_while_the_answer_runs(alice: User, upstream: Upstream, settings: Any) -> None:
    settings.TURN_LEASE_S = 1
    upstream.script(Reply.streaming(begin(), text("A drowned"), Hang()))
    worker = Worker()
    await worker.start()
    turn = await ask(alice)
    await journaled(turn, "A drowned")
    first = (await reload(turn)).lease_until

    async def is_renewed() -> bool:
        return (await reload(turn)).lease_until != first

    await until(is_renewed)
    await worker.drain(timeout_s=0)


async def test_a_process_without_worker_closes_what_others_left_and_answers_nothing(
    alice: User, ben: User, upstream: Upstream
) -> None:
    closer = Worker(takes_turns=False)
    await closer.start()
    left, queued = await ask(alice), await ask(ben)
    await database_sync_to_async(Turn.objects.claim)(left.pk)

    await Turn.objects.filter(pk=left.pk).aupdate(lease_until=Now() - timedelta(hours=1))

    assert (await ended(left)).answer.reason == "interrupted"
    assert (await reload(queued)).status == TurnStatus.QUEUED
    assert not await Heartbeat.objects.aexists()
    await closer.drain(timeout_s=0)


def find_no_database() -> None:
    """As when the server goes away; SQLite has none that could."""
    ends = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())" if ends else "SELECT nothing FROM nowhere")


async def test_after_an_outage_who_lives_gets_the_time_to_renew_a_lease(alice: User, settings: Any) -> None:
    settings.TURN_LEASE_S = 3
    closer = Worker(takes_turns=False)
    await closer.start()
    left = await ask(alice)
    await database_sync_to_async(Turn.objects.claim)(left.pk)

    await closer._writer.attempt(find_no_database)
    back_at = time.monotonic()
    await Turn.objects.filter(pk=left.pk).aupdate(lease_until=Now() - timedelta(hours=1))

    assert (await ended(left)).answer.reason == "interrupted"
    assert time.monotonic() - back_at >= settings.TURN_LEASE_S - 0.1
    await closer.drain(timeout_s=0)


@database_sync_to_async
def gone(person: User) -> None:
    person.delete()


async def test_the_upstream_of_a_deleted_person_is_closed_and_paid_for(alice: User, upstream: Upstream) -> None:
    upstream.script(Reply.streaming(begin(), text("A drowned"), Hang()))
    worker = Worker()
    await worker.start()
    turn = await ask(alice)
    await journaled(turn, "A drowned")

    await gone(alice)

    await upstream.left(upstream.requests[0])
    await booked(1)
    await worker.drain(timeout_s=5)
    (entry,) = [entry async for entry in UsageEntry.objects.all()]
    assert (entry.person_id, entry.turn_id, entry.billed, entry.estimated) == (None, None, True, True)
