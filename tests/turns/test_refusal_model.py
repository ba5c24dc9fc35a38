"""Another model answers where one declined: said on the answer, each priced as itself, and the chat goes on."""

import pytest
from pytest_django import Settings

from conversations.claude import catalogue
from conversations.models import RefusalEvent, State, User
from conversations.turns.worker import Worker
from tests.live.windows import window
from tests.turns.conversing import MODEL, answer_to, ask, attempts_of, ended
from tests.turns.test_fallback import page_of
from tests.upstream import Gate, Reply, Upstream, begin, block_start, end, spoken, text

pytestmark = pytest.mark.django_db(transaction=True)

SONNET = "claude-sonnet-5-5"


@pytest.fixture(autouse=True)
def sonnet_when_declined(upstream: Upstream, settings: Settings) -> None:
    settings.CLAUDE_REFUSAL_MODEL = SONNET


def declined(category: str = "bio", *, model: str = MODEL) -> Reply:
    details = {"type": "refusal", "category": category, "explanation": None}
    return Reply.streaming(
        begin(model=model, index=None, input_tokens=1000), end("refusal", index=None, stop_details=details)
    )


async def test_each_is_booked_at_its_own_price_and_the_refusal_is_an_event(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(declined(), spoken("Harmless.", model=SONNET, input_tokens=1000, output_tokens=100))

    turn = await ended(await ask(alice))

    assert (turn.answer.state, turn.answer.model, turn.answer.text) == (State.COMPLETE, SONNET, "Harmless.")
    first, second = await attempts_of(turn)
    opus, sonnet = (catalogue.card(model).price.rates for model in (MODEL, SONNET))
    assert (first.asked_model, first.billed) == (MODEL, True)
    assert first.cost_usd == (1000 * opus.usd_per_mtok_input + 20 * opus.usd_per_mtok_output) / 1_000_000
    assert second.cost_usd == (1000 * sonnet.usd_per_mtok_input + 100 * sonnet.usd_per_mtok_output) / 1_000_000
    event = await RefusalEvent.objects.select_related("usage").aget()
    assert (event.usage, event.category, event.model) == (first, "bio", MODEL)


async def test_every_window_learns_who_declined_and_who_answers(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    speaking = Reply.streaming(Gate("asked"), begin(model=SONNET), text("Harm"), Gate("middle"), text("less."), end())
    upstream.script(declined(), speaking)
    turn = await ask(alice)

    async with window(alice, turn.conversation_id) as live:
        await upstream.reached("asked")
        assert "Claude Opus 5.5 declined. Asking Claude Sonnet 5.5" in await page_of(alice, turn.conversation_id)
        upstream.release("asked")
        await live.frame_with("Claude Opus 5.5 declined; Claude Sonnet 5.5 answers.")
        upstream.release("middle")
        await live.frame_with("Claude Opus 5.5 declined; Claude Sonnet 5.5 answered.")


async def test_what_follows_has_the_answer_and_goes_to_the_chosen_model(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(declined(), spoken("Harmless.", model=SONNET), spoken())
    first = await ended(await ask(alice, "What is a toxin?"))

    await answer_to(alice, "And then?", first.conversation)

    body = upstream.requests[-1].body
    assert body["model"] == MODEL
    assert [message["content"][-1]["text"] for message in body["messages"]] == [
        "What is a toxin?",
        "Harmless.",
        "And then?",
    ]


async def test_two_refusals_are_two_events_and_neither_question_nor_answer_goes_on(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(declined("bio"), declined("cyber", model=SONNET), spoken())
    first = await ended(await ask(alice, "What is a toxin?"))

    await answer_to(alice, "And a fjord?", first.conversation)

    assert first.answer.state == State.REFUSED
    assert [event.category async for event in RefusalEvent.objects.order_by("pk")] == ["bio", "cyber"]
    page = await page_of(alice, first.conversation_id)
    assert "Claude Opus 5.5 declined; Claude Sonnet 5.5 was asked." in page
    assert "Not charged." in page
    assert [message["content"][-1]["text"] for message in upstream.requests[-1].body["messages"]] == ["And a fjord?"]


async def test_when_the_other_does_not_answer_it_stays_a_refusal(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(declined(), Reply.error(529, "overloaded_error"))

    turn = await ended(await ask(alice))

    assert (turn.answer.state, turn.answer.model) == (State.REFUSED, MODEL)
    assert [entry.reason for entry in await attempts_of(turn)] == ["", "overloaded"]
    assert await RefusalEvent.objects.acount() == 1


async def test_the_other_model_stays_through_the_rounds_of_its_answer(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    call = block_start(0, "tool_use", id="toolu_1", name="clock", input={})
    upstream.script(declined(), Reply.streaming(begin(model=SONNET, index=None), call, end("tool_use")))
    upstream.script(spoken("It is noon.", model=SONNET))

    turn = await ended(await ask(alice))

    assert turn.answer.text == "It is noon."
    assert [request.body["model"] for request in upstream.requests] == [MODEL, SONNET, SONNET]
    assert len(await attempts_of(turn)) == 3
