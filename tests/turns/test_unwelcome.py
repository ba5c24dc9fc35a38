"""Who was deactivated asks Claude nothing more: what waits is not sent, and what runs is stopped."""

import pytest

from conversations.models import State, ToolConsent, TurnStatus, User
from conversations.tools import registry
from conversations.tools.clock import clock
from conversations.turns.worker import Worker
from tests.turns.conversing import ask, attempts_of, ended, journaled, reload, until
from tests.turns.toolbox import asks
from tests.upstream import Gate, Hang, Reply, Upstream, begin, end, spoken, text

pytestmark = pytest.mark.django_db(transaction=True)


async def deactivate(person: User) -> None:
    await User.objects.filter(pk=person.pk).aupdate(is_active=False)


async def test_a_running_answer_is_stopped_with_its_text_kept_and_paid_for(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(Reply.streaming(begin(), text("A drowned valley"), Hang()))
    turn = await ask(alice)
    await journaled(turn, "A drowned valley")

    await deactivate(alice)

    turn = await ended(turn)
    assert (turn.status, turn.answer.state) == (TurnStatus.STOPPED, State.STOPPED)
    assert turn.answer.text == "A drowned valley"
    await upstream.left(upstream.requests[0])
    (entry,) = await attempts_of(turn)
    assert (entry.person_id, entry.estimated) == (alice.pk, True)
    assert entry.output_tokens > 1


async def test_a_question_in_line_is_never_sent(alice: User, upstream: Upstream) -> None:
    turn = await ask(alice)
    await deactivate(alice)
    closer = Worker(takes_turns=False)  # the process that serves pages sees to it, also while no worker is left

    await closer.start()

    assert (await ended(turn)).answer.state == State.STOPPED
    assert upstream.requests == []
    assert await attempts_of(turn) == []
    await closer.drain(timeout_s=0)


async def test_the_answers_of_others_go_on(alice: User, ben: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(Reply.streaming(begin(), text("A drowned "), Gate("middle"), text("valley."), end()))
    alices = await ask(alice)
    await journaled(alices, "A drowned ")
    upstream.script(Reply.streaming(begin(), text("A lake"), Hang()))
    bens = await ask(ben)
    await journaled(bens, "A lake")

    await deactivate(ben)

    assert (await ended(bens)).answer.state == State.STOPPED
    assert (await reload(alices)).is_active
    upstream.release("middle")
    assert (await ended(alices)).answer.text == "A drowned valley."


async def test_a_call_that_waits_for_the_persons_word_is_given_up(
    alice: User, upstream: Upstream, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "asks_first", True)
    monkeypatch.setattr(registry, "BUILT_IN", (clock,))
    upstream.script(asks(("clock", {}), words="One moment."), spoken("Done."))
    turn = await ask(alice)
    await until(ToolConsent.objects.waiting().filter(turn=turn).aexists)

    await deactivate(alice)

    turn = await ended(turn)
    assert (turn.answer.state, turn.answer.text) == (State.STOPPED, "One moment.")
    assert len(upstream.requests) == 1
