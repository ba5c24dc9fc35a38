"""The line: who is next when all answers at once are taken, what windows are told of it, and how long one waits."""

from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from channels.db import database_sync_to_async
from django.db.models.functions import Now
from django.test import Client
from django.utils.html import escape

from conversations.models import Conversation, Heartbeat, State, Turn, TurnStatus, User
from conversations.turns.places import tell_places
from conversations.turns.start import start_turn
from conversations.turns.worker import Worker, claim_next
from tests.live.windows import window
from tests.turns.conversing import ask, ended, journaled, reload, sending, stop
from tests.upstream import Gate, Reply, Upstream, begin, end, text

pytestmark = pytest.mark.django_db(transaction=True)

WEB = UUID(int=0)  # a process that takes no turns
NOBODY = "Nobody answers here just now."
NEXT = "Yours is the next one."


def asked(person: User, questions: int = 1) -> list[int]:
    """The keys of their turns, each in a conversation of its own."""
    return [start_turn(person, sending(), None).pk for _ in range(questions)]


def claimed(turns: int) -> list[int]:
    return [turn_id for _ in range(turns) for turn_id in claim_next()]


def end_all(turn_ids: Iterable[int]) -> None:
    Turn.objects.filter(pk__in=turn_ids).update(status=TurnStatus.COMPLETE)


def test_one_persons_many_questions_do_not_starve_anothers_first(alice: User, ben: User) -> None:
    alices = asked(alice, 50)
    assert claimed(2) == alices[:2]
    (bens,) = asked(ben)

    assert claimed(2) == [bens, alices[2]]


def test_who_was_served_lines_up_behind_all_who_were_there(alice: User, ben: User, cleo: User) -> None:
    """Also where one answer at a time is all there is, so that nobody has any running."""
    alices, bens = asked(alice, 50), asked(ben, 50)
    order: list[int] = []
    for _ in range(3):
        order += claimed(1)
        end_all(order)
    (cleos,) = asked(cleo)
    for _ in range(4):
        order += claimed(1)
        end_all(order)

    assert order == [alices[0], bens[0], alices[1], bens[1], alices[2], cleos, bens[2]]


def test_among_equals_the_oldest_question_is_next(alice: User, ben: User, cleo: User) -> None:
    first, second, third = asked(ben) + asked(alice) + asked(cleo)

    assert claimed(3) == [first, second, third]


def test_the_line_is_the_order_of_the_claims(alice: User, ben: User, cleo: User) -> None:
    for person, questions in ((alice, 5), (ben, 3), (alice, 2), (cleo, 4)):
        asked(person, questions)
    claimed(3)

    line = [waiting.pk for waiting in Turn.objects.line()]

    assert claimed(len(line)) == line
    assert not claim_next()


def test_several_that_are_claimed_in_one_go_are_the_first_of_the_line(alice: User, ben: User) -> None:
    asked(alice, 4)
    asked(ben, 2)
    line = [waiting.pk for waiting in Turn.objects.line()]

    assert list(claim_next(3)) == line[:3]
    assert list(claim_next(99)) == line[3:]
    assert all(turn.fence == 1 for turn in Turn.objects.running())


def told(waiting: list[int], worker: UUID, *, looks: int = 2) -> dict[int, Any]:
    """What the rows say of these turns after some looks of this worker, or of a process without one."""
    seen: frozenset[int] = frozenset()
    for _ in range(looks):
        seen = tell_places(worker, seen, takes_turns=worker != WEB)
    return dict(Turn.objects.filter(pk__in=waiting).values_list("pk", "wait"))


def living(key: str) -> UUID:
    Heartbeat.objects.beat(UUID(key * 32))
    return UUID(key * 32)


def test_nothing_is_said_of_a_turn_that_only_one_look_saw(alice: User) -> None:
    (turn,) = asked(alice)

    assert told([turn], living("a"), looks=1) == {turn: None}


def test_each_is_told_how_many_are_ahead(alice: User, ben: User) -> None:
    line = [*asked(alice), *asked(ben)]

    waits = told(line, living("a"))

    assert [waits[turn]["ahead"] for turn in line] == [0, 1]


def test_far_off_places_are_told_in_steps(alice: User) -> None:
    line = asked(alice, 112)

    waits = told(line, living("a"))

    assert [waits[line[at]]["ahead"] for at in (0, 19, 20, 29, 30, 99, 111)] == [0, 19, 20, 20, 30, 90, 100]


def test_one_of_several_workers_tells(alice: User) -> None:
    (turn,) = asked(alice)
    first, second = living("a"), living("b")

    assert told([turn], second) == {turn: None}
    assert told([turn], WEB) == {turn: None}
    assert told([turn], first)[turn]["ahead"] == 0


def test_a_place_that_stays_is_told_once(alice: User) -> None:
    (turn,) = asked(alice)
    worker = living("a")
    told([turn], worker)
    before = Conversation.objects.get().revision

    told([turn], worker, looks=5)

    assert Conversation.objects.get().revision == before


@pytest.fixture
async def worker_with_one_slot(settings: Any) -> AsyncIterator[Worker]:
    settings.TURN_CONCURRENCY = 1
    worker = Worker()
    await worker.start()
    yield worker
    await worker.drain(timeout_s=0)


async def test_windows_see_their_place_move_until_the_answer_comes(
    alice: User, ben: User, upstream: Upstream, worker_with_one_slot: Worker
) -> None:
    gates = ("alice", "ben", "bens second")
    upstream.script(*[Reply.streaming(begin(), text(f"For {gate}."), Gate(gate), end()) for gate in gates])
    first = await ask(alice)
    await journaled(first, "For alice.")
    second = await ask(ben)
    third = await ask(ben)

    async with window(ben, third.conversation_id) as live:
        assert "1 question is ahead of yours." in await live.frame_with("data-queued")
        upstream.release("alice")
        assert NEXT in await live.frame_with(NEXT)
        upstream.release("ben")
        upstream.release("bens second")
        await live.frame_with('data-state="complete"')

    for turn in (first, second, third):
        assert (await ended(turn)).answer.state == State.COMPLETE


async def behind_alice(alice: User, ben: User, upstream: Upstream) -> Turn:
    """Ben's question, which waits until the gate `alice` lets her answer end."""
    upstream.script(Reply.streaming(begin(), text("For alice."), Gate("alice"), end()))
    await journaled(await ask(alice), "For alice.")
    return await ask(ben)


async def test_a_page_that_comes_later_shows_the_place(
    alice: User, ben: User, upstream: Upstream, worker_with_one_slot: Worker
) -> None:
    turn = await behind_alice(alice, ben, upstream)
    async with window(ben, turn.conversation_id) as live:
        await live.frame_with(NEXT)

    assert NEXT in await database_sync_to_async(page_of)(ben, turn)

    upstream.release("alice")
    await ended(turn)
    assert NEXT not in await database_sync_to_async(page_of)(ben, turn)


async def test_a_queued_turn_stops_at_once_and_nobody_is_asked(
    alice: User, ben: User, upstream: Upstream, worker_with_one_slot: Worker
) -> None:
    turn = await behind_alice(alice, ben, upstream)

    async with window(ben, turn.conversation_id) as live:
        await live.frame_with(NEXT)
        assert await stop(turn)
        await live.frame_with('data-state="stopped"')

    upstream.release("alice")
    assert len(upstream.requests) == 1


async def test_without_a_worker_one_is_told_and_answered_when_one_comes(alice: User, upstream: Upstream) -> None:
    upstream.script(Reply.streaming(begin(), text("A drowned"), Gate("shown"), text(" valley."), end()))
    web = Worker(takes_turns=False)
    turn = await ask(alice)

    async with window(alice, turn.conversation_id) as live:
        assert NOBODY not in await live.frame()
        await web.start()
        assert f'<div id="status" hx-swap-oob="innerHTML">{NOBODY}' in await live.frame_with(NOBODY)
        assert NOBODY in await database_sync_to_async(page_of)(alice, turn)
        worker = Worker()
        await worker.start()
        upstream.release("shown")
        await live.frame_with('data-state="complete"')

    assert (await ended(turn)).answer.text == "A drowned valley."
    await worker.drain(timeout_s=5)
    await web.drain(timeout_s=0)


async def test_what_was_said_of_the_line_goes_when_the_turn_is_taken(alice: User, upstream: Upstream) -> None:
    upstream.script(Reply.never())
    turn = await ask(alice)
    await Turn.objects.filter(pk=turn.pk).aupdate(wait={"reason": "no_worker"})

    async with window(alice, turn.conversation_id) as live:
        assert NOBODY in await live.frame()
        worker = Worker()
        await worker.start()
        frame = await live.frame()

    assert f'id="message-{turn.answer_id}-waiting"' in frame
    assert NOBODY not in frame
    assert (await reload(turn)).wait is None
    await worker.drain(timeout_s=0)


def test_who_waited_too_long_is_told_and_may_retry(alice: User, alice_client: Client, settings: Any) -> None:
    (overdue,) = asked(alice)
    (patient,) = asked(alice)
    Turn.objects.filter(pk=overdue).update(created_at=Now() - timedelta(seconds=settings.TURN_QUEUE_S + 1))

    told([overdue, patient], living("a"), looks=1)

    turn = Turn.objects.get(pk=overdue)
    assert (turn.status, turn.answer.reason) == (TurnStatus.FAILED, "waited_too_long")
    page = alice_client.get(f"/c/{turn.conversation_id}/").content.decode()
    assert escape("Nobody could answer within 15 minutes.") in page
    assert "Retry" in page
    assert turn.question.text in page
    assert Turn.objects.get(pk=patient).status == TurnStatus.QUEUED


def page_of(person: User, turn: Turn) -> str:
    client = Client()
    client.force_login(person)
    return client.get(f"/c/{turn.conversation_id}/").content.decode()
