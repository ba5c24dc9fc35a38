"""A group says whom its people may ask, what Claude is told for them, and which tools it has; others are left alone."""

from typing import Any
from uuid import uuid4

import pytest
from channels.db import database_sync_to_async

from conversations.models import (
    Conversation,
    ErrandSwitch,
    OwnInstructions,
    PeopleGroup,
    Purpose,
    RoutingRule,
    SiteInstructions,
    State,
    Turn,
    User,
)
from conversations.models.routing import Kind
from conversations.turns.context import OF_THE_GROUP, OF_THE_PERSON, OF_THE_SITE, SYSTEM
from conversations.turns.routing import BEST_FIT
from conversations.turns.start import Sending, ask_again, start_turn
from conversations.turns.start_errors import NotForTheGroup
from conversations.turns.worker import Worker
from tests.turns.conversing import ask, booked, ended
from tests.upstream import Reply, Upstream, spoken

pytestmark = pytest.mark.django_db(transaction=True)

HAIKU, SONNET, OPUS = "claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5"


@database_sync_to_async
def grouped(person: User, **facts: Any) -> PeopleGroup:
    group = PeopleGroup.objects.create(name="Interns", **facts)
    person.group = group
    person.save(update_fields=["group"])
    return group


@database_sync_to_async
def asks(person: User, model: str, text: str = "What is a fjord?", conversation: Conversation | None = None) -> Turn:
    return start_turn(person, Sending(uuid4(), text, model), conversation)


async def test_nobody_asks_a_model_that_is_not_for_their_group(alice: User, ben: User, upstream: Upstream) -> None:
    await grouped(alice, allowed_models=[HAIKU])

    with pytest.raises(NotForTheGroup):
        await asks(alice, OPUS)

    assert not await Turn.objects.aexists()
    assert not await Conversation.objects.aexists()
    assert (await asks(alice, HAIKU)).model == HAIKU
    assert (await asks(ben, OPUS)).model == OPUS, "somebody without a group asks whom they like"


async def test_a_group_without_models_may_ask_all(alice: User, upstream: Upstream) -> None:
    await grouped(alice)

    assert (await asks(alice, OPUS)).model == OPUS


async def test_a_chat_from_before_is_not_asked_again_of_its_model(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    turn = await ended(await asks(alice, OPUS))
    await grouped(alice, allowed_models=[HAIKU])

    with pytest.raises(NotForTheGroup):
        await database_sync_to_async(ask_again)(alice, turn.answer, uuid4())

    other = await database_sync_to_async(ask_again)(alice, turn.answer, uuid4(), model=HAIKU)
    assert other.model == HAIKU


async def test_a_send_that_was_taken_is_still_the_same_after_the_group_has_changed(
    alice: User, upstream: Upstream
) -> None:
    once = Sending(uuid4(), "What is a fjord?", OPUS)
    first = await database_sync_to_async(start_turn)(alice, once, None)
    await grouped(alice, allowed_models=[HAIKU])

    assert (await database_sync_to_async(start_turn)(alice, once, None)).pk == first.pk


async def test_best_fit_chooses_among_the_models_of_the_group(alice: User, upstream: Upstream) -> None:
    await RoutingRule.objects.all().adelete()
    await RoutingRule.objects.acreate(kind=Kind.RESEARCH, model=OPUS)
    await RoutingRule.objects.acreate(kind=Kind.SHORT, model=SONNET, position=1)
    await grouped(alice, allowed_models=[SONNET, HAIKU])

    assert (await asks(alice, BEST_FIT, "Research fjords.")).model == SONNET, "the dearer rule is passed over"
    long = await asks(alice, BEST_FIT, "word " * 100)
    assert long.model == SONNET, "where no rule fits, it is the first model of the group, not the site's own"


async def test_no_model_of_another_group_answers_for_an_overloaded_one(
    alice: User, ben: User, upstream: Upstream, worker: Worker, settings: Any
) -> None:
    settings.CLAUDE_FALLBACK_MODELS = [SONNET]
    busy = Reply.error(529, "overloaded_error", retry_after="0")
    await grouped(alice, allowed_models=[HAIKU])

    upstream.script(busy)
    kept = await ended(await asks(alice, HAIKU))
    upstream.script(busy, spoken("A drowned valley.", model=SONNET))
    free = await ended(await asks(ben, HAIKU))

    assert (kept.answer.state, kept.answer.reason) == (State.FAILED, "overloaded")
    assert (free.answer.state, free.answer.model) == (State.COMPLETE, SONNET)


async def test_the_groups_instructions_stand_between_the_sites_and_the_persons(
    alice: User, ben: User, upstream: Upstream, worker: Worker
) -> None:
    await SiteInstructions.objects.acreate(text="Mind the house.")
    await OwnInstructions.objects.acreate(person=alice, text="Be brief.")
    await grouped(alice, instructions="Name no clients.")

    await ended(await ask(alice))
    await ended(await ask(ben))

    hers, his = ([block["text"] for block in request.body["system"]] for request in upstream.requests)
    site = f"{SYSTEM}\n\n{OF_THE_SITE}\n\nMind the house."
    assert hers == [f"{site}\n\n{OF_THE_GROUP}\n\nName no clients.", f"{OF_THE_PERSON}\n\nBe brief."]
    assert his == [site]


async def test_claude_has_the_tools_of_the_group_alone(
    alice: User, ben: User, upstream: Upstream, worker: Worker
) -> None:
    await grouped(alice, limits_tools=True, allowed_tools=["clock"])

    await ended(await ask(alice))
    await ended(await ask(ben))

    hers, his = ({tool["name"] for tool in request.body.get("tools", ())} for request in upstream.requests)
    assert hers == {"clock"}
    assert {"clock", "calculator"} <= his


async def test_a_group_may_have_no_tool_at_all(alice: User, upstream: Upstream, worker: Worker) -> None:
    await grouped(alice, limits_tools=True)

    await ended(await ask(alice))

    assert not upstream.requests[0].body.get("tools")


async def test_the_sites_own_errands_tell_nobody_else_the_words(
    alice: User, upstream: Upstream, worker: Worker, settings: Any
) -> None:
    settings.ERRANDS = True
    await ErrandSwitch.objects.aupdate_or_create(errand=Purpose.FOLLOW_UPS, defaults={"is_on": False})
    await grouped(alice, allowed_models=[SONNET])

    await ended(await asks(alice, SONNET))
    await booked(2)

    assert {request.body["model"] for request in upstream.requests} == {SONNET}
