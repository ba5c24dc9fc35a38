"""Another model answers for one that is overloaded: said on the answer, priced as what it was, kept by every window."""

import re

import pytest
from django.test import AsyncClient
from pytest_django import Settings

from conversations.claude import catalogue
from conversations.models import State, User
from conversations.turns.worker import Worker
from tests.live.windows import window
from tests.turns.conversing import ask, attempts_of, ended, journaled, stop
from tests.upstream import Gate, Hang, Reply, Upstream, begin, end, spoken, text

pytestmark = pytest.mark.django_db(transaction=True)

SONNET = "claude-sonnet-5-5"
BUSY = Reply.error(529, "overloaded_error", retry_after="0")
SAID = "Claude Opus 5.5 was overloaded; Claude Sonnet 5.5 answered."


@pytest.fixture(autouse=True)
def sonnet_stands_in(upstream: Upstream, settings: Settings) -> None:
    settings.CLAUDE_FALLBACK_MODELS = [SONNET]


async def page_of(person: User, conversation_id: object) -> str:
    client = AsyncClient()
    await client.aforce_login(person)
    return (await client.get(f"/c/{conversation_id}/")).content.decode()


async def test_the_answer_says_who_gave_it_and_why(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(BUSY, spoken("A drowned valley.", model=SONNET))

    turn = await ended(await ask(alice))

    assert (turn.answer.state, turn.answer.model) == (State.COMPLETE, SONNET)
    assert SAID in await page_of(alice, turn.conversation_id)


async def test_each_attempt_is_booked_and_priced_by_the_model_that_answered(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(BUSY, spoken("A drowned valley.", model=SONNET, input_tokens=1000, output_tokens=100))

    overloaded, answered = await attempts_of(await ended(await ask(alice)))

    assert (overloaded.attempt, overloaded.asked_model, overloaded.reason) == (1, "claude-opus-5-5", "overloaded")
    assert not overloaded.billed
    assert overloaded.cost_usd == 0
    assert (answered.attempt, answered.asked_model, answered.answered_model) == (2, SONNET, SONNET)
    assert answered.input_tokens == 1000
    rates = catalogue.card(SONNET).price.rates
    assert answered.cost_usd == (1000 * rates.usd_per_mtok_input + 100 * rates.usd_per_mtok_output) / 1_000_000


async def test_a_window_learns_it_while_it_waits_and_with_the_first_words(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(Reply.error(529, "overloaded_error", retry_after="3600"))
    upstream.script(Reply.streaming(Gate("asked"), begin(model=SONNET), text("A drowned"), Gate("middle"), end()))
    turn = await ask(alice)

    async with window(alice, turn.conversation_id) as live:
        await upstream.reached("asked")
        assert "Asking Claude Sonnet 5.5" in await page_of(alice, turn.conversation_id)
        upstream.release("asked")
        await live.frame_with("Claude Opus 5.5 was overloaded; Claude Sonnet 5.5 answers.")
        assert "Claude Sonnet 5.5 answers." in await page_of(alice, turn.conversation_id)
        upstream.release("middle")
        await live.frame_with(SAID)

    said = [frame for frame in live.frames if "Asking Claude Sonnet 5.5 in its place" in frame]
    assert said


async def test_the_next_question_goes_to_the_model_that_the_person_chose(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(BUSY, spoken(model=SONNET), spoken())
    first = await ended(await ask(alice))

    second = await ended(await ask(alice, "And a bay?", first.conversation))

    assert upstream.requests[-1].body["model"] == "claude-opus-5-5"
    page = await page_of(alice, second.conversation_id)
    assert len(re.findall(re.escape(SAID), page)) == 1


async def test_when_nobody_answers_it_is_the_asked_model_that_failed(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(BUSY, BUSY)

    turn = await ended(await ask(alice))

    assert (turn.answer.state, turn.answer.reason, turn.answer.model) == (
        State.FAILED,
        "overloaded",
        "claude-opus-5-5",
    )
    assert len(await attempts_of(turn)) == 2
    page = await page_of(alice, turn.conversation_id)
    assert "answered." not in page
    assert "Claude is overloaded at the moment" in page


async def test_stop_ends_it_while_the_other_model_speaks(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(BUSY, Reply.streaming(begin(model=SONNET), text("A drowned valley"), Hang()))
    turn = await ask(alice)
    await journaled(turn, "A drowned valley")

    await stop(turn)

    turn = await ended(turn)
    assert (turn.answer.state, turn.answer.text) == (State.STOPPED, "A drowned valley")
    assert SAID in await page_of(alice, turn.conversation_id)
    assert [(entry.asked_model, entry.estimated) for entry in await attempts_of(turn)][1] == (SONNET, True)
