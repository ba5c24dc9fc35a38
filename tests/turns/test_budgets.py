"""A question goes out only where budgets have room, and whatever ends its turn gives back what it did not take."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from channels.db import database_sync_to_async
from django.db.models.functions import Now

from conversations.claude import catalogue
from conversations.models import (
    AtLimit,
    Attachment,
    Budget,
    BudgetUse,
    Conversation,
    Draft,
    ErrandSwitch,
    Message,
    Project,
    Purpose,
    Reservation,
    State,
    Turn,
    UsageEntry,
    User,
)
from conversations.models.budgets import Unit
from conversations.turns.finish import finish
from conversations.turns.interrupted import close_left_behind
from conversations.turns.start import Sending, start_turn
from conversations.turns.start_errors import OutOfBudget
from conversations.turns.stop import NOTHING_YET
from conversations.turns.worker import Worker
from tests.turns.conversing import again, ask, attempts_of, booked, ended, journaled, reload, stop
from tests.turns.toolbox import tool_request
from tests.upstream import Gate, Hang, Reply, Upstream, begin, end, spoken, text
from tests.upstream.script import block_stop

pytestmark = pytest.mark.django_db(transaction=True)

HAIKU, OPUS = "claude-haiku-5-5", "claude-opus-5-5"


@database_sync_to_async
def budget(limit: str, **facts: Any) -> Budget:
    return Budget.objects.create(limit=Decimal(limit), **facts)


@database_sync_to_async
def reserved() -> int:
    return sum(Reservation.objects.values_list("amount", flat=True))


@database_sync_to_async
def spent() -> int:
    return BudgetUse.objects.get().spent


@database_sync_to_async
def ledger() -> int:
    return int(sum(UsageEntry.objects.values_list("cost_usd", flat=True), Decimal(0)).scaleb(10))


async def test_what_an_answer_took_is_spent_and_the_rest_is_free_again(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    await budget("10", person=alice)
    upstream.script(Reply.streaming(begin(), text("A drowned"), Gate("on"), text(" valley."), end()))

    turn = await ask(alice)
    await journaled(turn, "A drowned")
    assert await reserved() > 0
    assert await spent() == 0
    upstream.release("on")
    await ended(turn)

    assert await reserved() == 0
    assert await spent() == await ledger() > 0


@database_sync_to_async
def claim(turn: Turn) -> None:
    """As a worker does, which dies after the answer began."""
    Turn.objects.claim(turn.pk, 0)
    began = {"model": OPUS, "request_id": "req_1", "message_id": "msg_1", "tokens": {"input": 1000}}
    Turn.objects.filter(pk=turn.pk).update(began=began, lease_until=Now() - timedelta(seconds=1))


async def test_the_files_of_a_project_count_before_the_first_answer(alice: User, upstream: Upstream) -> None:
    garden = await Project.objects.acreate(owner=alice, name="Garden", instructions="Name plants in Latin.")
    await Attachment.objects.acreate(owner=alice, project=garden, media_type="application/pdf", pages=50, size_bytes=9)
    await budget("0.90", person=alice)
    inside = await Conversation.objects.acreate(owner=alice, model=OPUS, project=garden)

    with pytest.raises(OutOfBudget):
        await ask(alice, "What grows?", inside)

    await ask(alice, "What grows?")


async def test_somebody_elses_budget_stops_nobody(alice: User, ben: User, upstream: Upstream, worker: Worker) -> None:
    await budget("0.01", person=ben)

    assert (await ended(await ask(alice))).answer.state == State.COMPLETE


async def test_a_question_without_room_leaves_everything_as_it_was(alice: User, upstream: Upstream) -> None:
    await budget("0.01", person=alice)
    client_id = uuid4()
    facts = {"text": "What is a fjord?", "model": OPUS, "client_id": client_id, "tab": uuid4(), "edition": 1}
    await Draft.objects.acreate(person=alice, **facts)

    with pytest.raises(OutOfBudget):
        await database_sync_to_async(start_turn)(alice, Sending(client_id, "What is a fjord?", OPUS), None)

    assert not await Conversation.objects.aexists()
    assert not await Message.objects.aexists()
    assert await Draft.objects.filter(text="What is a fjord?").aexists()
    assert await reserved() == 0


async def test_the_same_send_again_is_the_turn_that_took_the_last_of_it(alice: User, upstream: Upstream) -> None:
    await budget("0.30", person=alice)
    once = Sending(uuid4(), "What is a fjord?", OPUS)

    first = await database_sync_to_async(start_turn)(alice, once, None)
    assert (await database_sync_to_async(start_turn)(alice, once, None)).pk == first.pk
    with pytest.raises(OutOfBudget):
        await ask(alice)


async def test_the_answer_is_no_longer_than_the_money(alice: User, upstream: Upstream, worker: Worker) -> None:
    await budget("0.30", person=alice)

    await ended(await ask(alice))

    most = upstream.requests[0].body["max_tokens"]
    price = catalogue.card(OPUS).price.rates.usd_per_mtok_output
    assert 1500 < most < 32_000
    assert most * price / 1_000_000 < Decimal("0.30")


@pytest.mark.parametrize("how", ["stopped", "failed", "refused", "unclaimed"])
async def test_however_a_turn_ends_nothing_stays_reserved(
    alice: User, upstream: Upstream, request: pytest.FixtureRequest, how: str
) -> None:
    await budget("10", person=alice)
    if how == "unclaimed":
        turn = await ask(alice)
        assert await reserved() > 0
        await stop(turn)
        assert await reserved() == 0
        return
    worker = Worker()
    await worker.start()
    try:
        upstream.script(
            {
                "stopped": Reply.streaming(begin(), text("A drowned"), Hang()),
                "failed": Reply.error(400, "invalid_request_error"),
                "refused": Reply.streaming(begin(), end(stop_reason="refusal")),
            }[how]
        )
        turn = await ask(alice)
        if how == "stopped":
            await journaled(turn, "A drowned")
            await stop(turn)
        assert (await ended(turn)).status == how
    finally:
        await worker.drain(timeout_s=0)

    assert await reserved() == 0
    assert await spent() == await ledger()


async def test_what_a_dead_process_had_reserved_is_free_when_somebody_closes_its_turn(
    alice: User, upstream: Upstream
) -> None:
    await budget("10", person=alice)
    turn = await ask(alice)
    await claim(turn)
    assert await reserved() > 0

    assert await database_sync_to_async(close_left_behind)() == 1

    assert await reserved() == 0
    assert await spent() == await ledger() > 0, "the estimate of what it may have cost"


async def test_a_deleted_conversation_takes_its_reservation_along(alice: User, upstream: Upstream) -> None:
    await budget("10", person=alice)
    turn = await ask(alice)

    await Conversation.objects.filter(pk=turn.conversation_id).adelete()

    assert await reserved() == 0


async def test_what_a_deleted_conversation_cost_is_spent_all_the_same(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    await budget("10", person=alice)
    upstream.script(Reply.streaming(begin(), text("A drowned"), Gate("on"), text(" valley."), end()))
    turn = await ask(alice)
    await journaled(turn, "A drowned")

    await Conversation.objects.filter(pk=turn.conversation_id).adelete()
    upstream.release("on")
    await booked(1)

    assert await spent() == await ledger() > 0
    assert await reserved() == 0


async def test_each_round_of_an_answer_reserves_anew_and_ends_where_there_is_no_room(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    """What a tool brings may be long. The words that came until then are kept."""
    whole = await budget("0.30", person=alice)
    most_tokens = int(Decimal("0.29") * 1_000_000 / catalogue.card(OPUS).price.rates.usd_per_mtok_output)
    looks = Reply.streaming(
        begin(),
        text("Let me look."),
        block_stop(),
        tool_request(1, "clock", {}),
        end("tool_use", index=None, output_tokens=most_tokens),
    )
    upstream.script(looks)

    turn = await ended(await ask(alice))

    assert (turn.answer.state, turn.answer.reason) == (State.FAILED, "budget")
    assert "Let me look." in turn.answer.text
    assert "It resets on" in turn.answer.advice
    assert len(upstream.requests) == 1
    assert await spent() <= whole.limit.scaleb(10)


async def test_at_the_limit_a_cheaper_model_answers_says_so_and_the_chat_keeps_its_own(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    await budget("0.01", person=alice, at_limit=AtLimit.DOWNGRADE)
    upstream.script(spoken("A drowned valley.", model=HAIKU))

    turn = await ended(await ask(alice))

    assert upstream.requests[0].body["model"] == HAIKU
    assert (turn.model, turn.spared, turn.answer.model) == (HAIKU, OPUS, HAIKU)
    assert turn.conversation.model == OPUS


async def test_regenerating_needs_room_too(alice: User, upstream: Upstream, worker: Worker) -> None:
    turn = await ended(await ask(alice))
    await budget("0.01", person=alice)

    with pytest.raises(OutOfBudget):
        await again(turn)

    assert (await reload(turn)).answer.state == State.COMPLETE


async def test_an_errand_without_room_is_not_asked(
    alice: User, upstream: Upstream, worker: Worker, settings: Any
) -> None:
    """And one that has room counts."""
    settings.ERRANDS = True
    await ErrandSwitch.objects.aupdate_or_create(errand=Purpose.FOLLOW_UPS, defaults={"is_on": False})
    whole = await budget("100000", person=alice, unit=Unit.TOKENS)

    await ended(await ask(alice))
    await booked(2)
    assert await UsageEntry.objects.filter(purpose=Purpose.TITLE).aexists()
    counted = await spent()
    assert counted == await tokens()
    assert await reserved() == 0

    await Budget.objects.filter(pk=whole.pk).aupdate(limit=counted + 1)
    asked = len(upstream.requests)
    with pytest.raises(OutOfBudget):
        await ask(alice)
    assert len(upstream.requests) == asked


@database_sync_to_async
def tokens() -> int:
    return sum(entry.prompt_tokens + entry.output_tokens for entry in UsageEntry.objects.all())


async def test_what_was_asked_before_midnight_counts_for_that_day(
    alice: User, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    await budget("10", person=alice, per="day")
    turn = await ask(alice)
    use = await BudgetUse.objects.aget()
    tomorrow = use.ends_at
    monkeypatch.setattr("django.utils.timezone.now", lambda: tomorrow)

    await claim(turn)
    await database_sync_to_async(close_left_behind)()

    assert await BudgetUse.objects.acount() == 1
    assert await spent() == await ledger() > 0
    assert await attempts_of(turn)
    assert not await database_sync_to_async(finish)(turn.pk, NOTHING_YET, fence=0)
