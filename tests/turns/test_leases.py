"""A running turn belongs to one worker at a time, and who lost it can write nothing more."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.db.models.functions import Now
from django.utils import timezone

from conversations.announce.thread import new_message
from conversations.models import Conversation, Heartbeat, Turn, TurnStatus, User
from conversations.turns.finish import finish
from conversations.turns.flush import Batch, save
from conversations.turns.interrupted import close_held, close_stale
from conversations.turns.leases import beat, first_beat, last_beat, look
from conversations.turns.live import LiveTurn
from conversations.turns.progress import Piece
from conversations.turns.start import start_turn
from conversations.turns.stop import NOTHING_YET, request_stop
from tests.turns.conversing import sending

HOUR = timedelta(hours=1)


@pytest.fixture
def turn(alice: User) -> Turn:
    return start_turn(alice, sending(), None)


def claimed(turn: Turn) -> int:
    fence = Turn.objects.claim(turn.pk)
    assert fence is not None
    return fence


def let_lapse(turn: Turn) -> None:
    """As if its worker had been silent for an hour."""
    Turn.objects.filter(pk=turn.pk).update(lease_until=Now() - HOUR)


def batch(turn: Turn, fence: int, text: str = "A drowned valley.") -> Batch:
    live = LiveTurn(turn.pk, fence, turn.conversation_id, new_message(turn.answer))
    return Batch(live, [Piece(0, "text", text)], 0, is_first=True)


def revision(turn: Turn) -> int:
    return Conversation.objects.get(pk=turn.conversation_id).revision


def test_a_queued_turn_is_claimed_once(turn: Turn) -> None:
    assert (Turn.objects.claim(turn.pk), Turn.objects.claim(turn.pk)) == (1, None)

    turn.refresh_from_db()
    assert turn.status == TurnStatus.RUNNING
    assert turn.lease_until is not None


@pytest.mark.django_db(transaction=True)
def test_of_many_claims_at_once_one_wins(turn: Turn) -> None:
    fences = at_once(lambda: Turn.objects.claim(turn.pk))

    assert sorted(fences, key=str) == [1, *[None] * 7]


@pytest.mark.django_db(transaction=True)
def test_of_many_that_take_over_at_once_one_wins(turn: Turn) -> None:
    claimed(turn)
    let_lapse(turn)

    fences = at_once(lambda: Turn.objects.stale().take_over(turn.pk, 1))

    assert sorted(fences, key=str) == [2, *[None] * 7]


def at_once(call: Callable[[], int | None]) -> list[int | None]:
    """What it gives in each of eight threads, each with a connection of its own."""

    def in_thread(_: int) -> int | None:
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(in_thread, range(8)))


def test_a_lease_that_is_renewed_is_not_taken_over(turn: Turn) -> None:
    fence = claimed(turn)
    let_lapse(turn)
    beat(uuid4(), {turn.pk: fence})

    assert Turn.objects.stale().take_over(turn.pk, 1) is None
    assert close_stale() == 0


def test_who_lost_a_turn_renews_nothing(turn: Turn) -> None:
    fence = claimed(turn)
    let_lapse(turn)
    assert Turn.objects.stale().take_over(turn.pk, 1) == 2
    let_lapse(turn)

    beat(uuid4(), {turn.pk: fence})

    assert Turn.objects.stale().filter(pk=turn.pk).exists()


def test_leases_go_by_the_clock_of_the_database(turn: Turn, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    for wrong in (now - HOUR, now + HOUR):
        monkeypatch.setattr(timezone, "now", lambda wrong=wrong: wrong)
        fence = Turn.objects.claim(turn.pk) or 1
        beat(uuid4(), {turn.pk: fence})
        assert close_stale() == 0

    turn.refresh_from_db()
    assert turn.lease_until is not None
    assert abs(turn.lease_until - now) < timedelta(minutes=5)


def test_who_lost_a_turn_writes_neither_journal_nor_revision(turn: Turn) -> None:
    fence = claimed(turn)
    let_lapse(turn)
    Turn.objects.stale().take_over(turn.pk, 1)
    before = revision(turn)

    assert save([batch(turn, fence)]) == {}

    assert not turn.journal.exists()
    assert revision(turn) == before


def test_one_lost_turn_does_not_hold_up_the_others_of_a_tick(turn: Turn, ben: User) -> None:
    other = start_turn(ben, sending(), None)
    fence = claimed(turn)
    let_lapse(turn)
    Turn.objects.stale().take_over(turn.pk, 1)

    saved = save([batch(turn, fence), batch(other, claimed(other), "A bay.")])

    assert saved == {other.pk: revision(other)}
    assert [event.text for event in other.journal.all()] == ["A bay."]


def test_who_lost_a_turn_cannot_end_it(turn: Turn) -> None:
    fence = claimed(turn)
    let_lapse(turn)
    assert close_stale() == 1
    before = revision(turn)

    assert not finish(turn.pk, NOTHING_YET, fence=fence)

    turn.refresh_from_db()
    assert (turn.status, turn.answer.reason) == (TurnStatus.FAILED, "interrupted")
    assert revision(turn) == before


def test_a_stale_turn_is_closed_with_what_its_worker_had_saved(turn: Turn) -> None:
    save([batch(turn, claimed(turn), "A drowned")])
    let_lapse(turn)

    assert close_stale() == 1
    assert close_stale() == 0

    turn.refresh_from_db()
    assert (turn.answer.state, turn.answer.reason, turn.answer.text) == ("failed", "interrupted", "A drowned")
    assert not turn.journal.exists()


def test_ones_own_turns_are_not_stale_to_oneself(turn: Turn) -> None:
    """A machine that slept finds its leases run out, and its answers may still come."""
    claimed(turn)
    let_lapse(turn)

    assert close_stale(besides=[turn.pk]) == 0


def test_a_worker_that_leaves_closes_its_own_turns_and_no_others(turn: Turn, ben: User) -> None:
    others = start_turn(ben, sending(), None)
    claimed(others)

    assert close_held({turn.pk: claimed(turn), others.pk: 7}) == 1

    assert list(Turn.objects.active()) == [others]


def test_a_look_at_the_rows_tells_what_to_stop_and_what_is_lost(turn: Turn, ben: User) -> None:
    lost, fine = start_turn(ben, sending(), None), start_turn(ben, sending(), None)
    fences = {each.pk: claimed(each) for each in (turn, lost, fine)}
    request_stop(turn.conversation)
    let_lapse(lost)
    close_stale()

    seen = look(fences)

    assert (seen.to_stop, seen.lost) == ({turn.pk}, {lost.pk})


@pytest.mark.django_db
def test_a_worker_lives_as_long_as_its_heart_beats(settings: Any) -> None:
    worker_id = uuid4()
    first_beat(worker_id)
    assert Heartbeat.objects.alive().count() == 1

    Heartbeat.objects.update(until=Now() - HOUR)
    assert not Heartbeat.objects.alive().exists()

    beat(worker_id, {})
    assert Heartbeat.objects.alive().count() == 1
    last_beat(worker_id)
    assert not Heartbeat.objects.exists()


@pytest.mark.django_db
def test_the_next_worker_clears_away_who_died() -> None:
    first_beat(uuid4())
    Heartbeat.objects.update(until=Now() - HOUR)

    first_beat(uuid4())

    assert Heartbeat.objects.count() == 1
