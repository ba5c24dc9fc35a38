"""Whoever dies, stands still or goes away: no answer is lost, and every one ends in time."""

import signal
import time
from http import HTTPStatus
from uuid import uuid4

import psycopg

from tests.redis import RedisServer
from tests.shapes.site import DRAIN_S, LEASE_S, Shape, eventually
from tests.upstream import Gate, Hang, Reply, Upstream, begin, end, text

WAITS_FOR_THE_LEDGER = (
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'conversations_usageentry'::regclass"
)


def test_the_answer_of_a_killed_worker_is_closed_by_another_one(shape: Shape, claude: Upstream) -> None:
    alice, (here, _) = shape.person(), shape.webs
    claude.script(Reply.streaming(begin(), text("A drowned"), Hang()))

    with alice.window(here) as window:
        worker = shape.worker_of(alice.ask(here))
        window.frame_with("A drowned")
        worker.signal(signal.SIGKILL)
        frame = window.frame_with('data-state="failed"')
    worker.end()

    assert 'data-reason="interrupted"' in frame
    assert alice.answer() == ("failed", "interrupted", "A drowned")
    assert alice.attempts() == [(True, True)]


def test_a_worker_that_is_killed_before_it_has_saved_the_end_asks_nobody_again(
    shape: Shape, claude: Upstream, own_database: str
) -> None:
    """Its last transaction waits for the ledger, which somebody else holds."""
    alice, (here, _) = shape.person(), shape.webs
    claude.script(Reply.streaming(begin(), text("A drowned "), Gate("unsaved"), text("valley."), end()))

    with alice.window(here) as window, psycopg.connect(own_database) as holder:
        worker = shape.worker_of(alice.ask(here))
        window.frame_with("A drowned")
        asked = len(claude.requests)
        holder.execute("LOCK TABLE conversations_usageentry IN SHARE MODE")
        claude.release("unsaved")
        eventually(lambda: shape.rows(WAITS_FOR_THE_LEDGER) == [(1,)])
        worker.signal(signal.SIGKILL)
        worker.end()
        holder.rollback()
        window.frame_with('data-state="failed"')

    state, reason, words = alice.answer()
    assert (state, reason) == ("failed", "interrupted")
    assert words.startswith("A drowned ")
    assert alice.attempts() == [(True, True)]
    assert len(claude.requests) == asked


def test_without_any_worker_a_web_process_closes_what_they_left(shape: Shape, claude: Upstream) -> None:
    alice, (here, _) = shape.person(), shape.webs
    claude.script(Reply.streaming(begin(), text("A drowned"), Hang()))

    with alice.window(here) as window:
        alice.ask(here)
        window.frame_with("A drowned")
        for worker in shape.workers:
            worker.signal(signal.SIGKILL)
        window.frame_with('data-state="failed"')
    for worker in shape.workers:
        worker.end()

    assert alice.answer() == ("failed", "interrupted", "A drowned")


def test_a_worker_that_wakes_up_too_late_writes_nothing(shape: Shape, claude: Upstream) -> None:
    alice, (here, _) = shape.person(), shape.webs
    claude.script(Reply.streaming(begin(), text("A drowned "), Gate("asleep"), text("valley."), end()))

    with alice.window(here) as window:
        turn = alice.ask(here)
        worker = shape.worker_of(turn)
        window.frame_with("A drowned")
        worker.signal(signal.SIGSTOP)
        window.frame_with('data-state="failed"')
        claude.release("asleep")
        time.sleep(2 * LEASE_S)  # three leases in all
        worker.signal(signal.SIGCONT)
    eventually(lambda: worker.has_said("turn lost", turn))
    worker.signal(signal.SIGTERM)

    assert worker.end() == 0
    assert alice.answer() == ("failed", "interrupted", "A drowned ")
    assert alice.attempts() == [(True, True)]
    assert shape.rows("SELECT count(*) FROM conversations_turnevent WHERE turn_id = %s", turn) == [(0,)]


def test_a_worker_that_is_told_to_end_hands_over_at_once(shape: Shape, claude: Upstream) -> None:
    alice, (here, _) = shape.person(), shape.webs
    claude.script(Reply.streaming(begin(), text("A drowned"), Hang()))

    with alice.window(here) as window:
        worker = shape.worker_of(alice.ask(here))
        window.frame_with("A drowned")
        told = time.monotonic()
        worker.signal(signal.SIGTERM)
        status = worker.end()
        took_s = time.monotonic() - told
        window.frame_with('data-state="failed"', within_s=LEASE_S)

    assert (status, took_s <= DRAIN_S + 1) == (0, True)
    assert alice.answer() == ("failed", "interrupted", "A drowned")


def test_a_worker_that_is_told_to_end_lets_an_answer_end(shape: Shape, claude: Upstream) -> None:
    alice, (here, _) = shape.person(), shape.webs
    claude.script(Reply.streaming(begin(), text("A drowned "), Gate("drain"), text("valley."), end()))

    with alice.window(here) as window:
        worker = shape.worker_of(alice.ask(here))
        window.frame_with("A drowned")
        worker.signal(signal.SIGTERM)
        claude.release("drain")
        window.frame_with('data-state="complete"')

    assert worker.end() == 0
    assert alice.answer() == ("complete", "", "A drowned valley.")


def test_when_redis_restarts_the_window_stays_and_streams_on(
    shape: Shape, claude: Upstream, redis: RedisServer
) -> None:
    alice, (here, there) = shape.person(), shape.webs
    gates = [Gate("redis gone"), Gate("redis back")]
    claude.script(
        Reply.streaming(begin(), text("A drowned "), gates[0], text("valley, "), gates[1], text("by ice."), end())
    )

    with alice.window(here) as window:
        alice.ask(there)
        window.frame_with("A drowned")
        redis.stop()
        claude.release("redis gone")
        window.frame_with("valley,")  # it looks for itself
        redis.start()
        claude.release("redis back")
        window.frame_with("by ice.")

    eventually(lambda: alice.answer() == ("complete", "", "A drowned valley, by ice."))


def test_without_redis_questions_are_answered_and_stopped(shape: Shape, claude: Upstream, redis: RedisServer) -> None:
    alice, (here, there) = shape.person(), shape.webs
    claude.script(Reply.streaming(begin(), text("A drowned"), Hang()))
    redis.stop()

    with alice.window(here) as window:
        alice.ask(there)
        window.frame_with("A drowned")
        pressed = time.monotonic()
        alice.stop(there)
        assert claude.requests[-1].gone.wait(max(0, pressed + 1.5 - time.monotonic()))
        window.frame_with('data-state="stopped"')
    redis.start()

    assert alice.answer() == ("stopped", "stopped", "A drowned")


def test_a_database_that_drops_every_connection_costs_nothing(shape: Shape, claude: Upstream) -> None:
    alice, (here, _) = shape.person(), shape.webs
    claude.script(Reply.streaming(begin(), text("A drowned "), Gate("dropped"), text("valley."), end()))
    with alice.window(here) as window:
        alice.ask(here)
        window.frame_with("A drowned")

    with psycopg.connect(shape.environment["DATABASE_URL"], autocommit=True) as database:
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    claude.release("dropped")

    eventually(lambda: alice.answer() == ("complete", "", "A drowned valley."))
    assert alice.attempts() == [(True, False)]
    bens, name = shape.person(), str(uuid4())
    eventually(lambda: bens.try_to_ask(here, name) == HTTPStatus.NO_CONTENT)  # a page tries again by itself
    eventually(lambda: bens.answer()[0] == "complete")
