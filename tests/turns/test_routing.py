"""Best fit: the owner's first rule that fits decides, and a chat changes its model for a dearer one alone."""

from dataclasses import replace

import pytest
from channels.db import database_sync_to_async
from django.test import Client

from conversations.models import Conversation, RoutingRule, User
from conversations.models.routing import Kind
from conversations.turns.routing import BEST_FIT, STAYS, route
from conversations.turns.start import start_turn
from conversations.turns.worker import Worker
from tests.turns.conversing import ended, sending
from tests.upstream import Upstream

HAIKU, SONNET, OPUS = "claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5"
RULES = (
    RoutingRule(kind=Kind.IMAGE, model=SONNET),
    RoutingRule(kind=Kind.RESEARCH, model=OPUS, effort="high"),
    RoutingRule(kind=Kind.LONG, words=100, model=SONNET),
    RoutingRule(kind=Kind.CODE, model=SONNET),
    RoutingRule(kind=Kind.SHORT, words=30, model=HAIKU),
)


@pytest.mark.parametrize(
    ("text", "images", "model", "reason"),
    [
        ("What is a fjord?", 0, HAIKU, "a short question"),
        ("What is this?", 1, SONNET, "pictures"),
        ("Please research how fjords came to be.", 0, OPUS, "research"),
        ("word " * 100, 0, SONNET, "a long document"),
        ("Why does this fail?\n```python\nx = 1\n```", 0, SONNET, "code"),
        ("word " * 50, 0, OPUS, "no rule fits"),
    ],
)
def test_the_first_rule_that_fits_decides(text: str, images: int, model: str, reason: str) -> None:
    found = route(text, images, RULES, present="", default=OPUS)

    assert (found.model, found.reason) == (model, reason)


def test_a_rule_can_ask_for_an_effort() -> None:
    assert route("Compare the sources.", 0, RULES, present="", default=OPUS).effort == "high"


def test_a_chat_keeps_its_model_for_what_a_cheaper_one_could_answer() -> None:
    found = route("Why?", 0, RULES, present=SONNET, default=OPUS)

    assert (found.model, found.reason) == (SONNET, STAYS)


def test_a_rule_that_asks_for_a_dearer_model_gets_it() -> None:
    assert route("Research that.", 0, RULES, present=SONNET, default=OPUS).model == OPUS


def test_a_rule_for_a_model_that_is_not_offered_is_passed_over() -> None:
    gone = RoutingRule(kind=Kind.ANY, model="claude-gone-1")

    assert route("Why?", 0, [gone, *RULES], present="", default=OPUS).model == HAIKU


@pytest.mark.django_db(transaction=True)
async def test_the_rule_reaches_claude_and_the_chat_stays_with_best_fit(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    await RoutingRule.objects.all().adelete()
    await RoutingRule.objects.acreate(kind=Kind.RESEARCH, model=OPUS, effort="low")
    await RoutingRule.objects.acreate(kind=Kind.SHORT, model=HAIKU, position=1)

    await _ask(alice, "What is a fjord?")
    conversation = await Conversation.objects.aget()
    await _ask(alice, "Research how they came to be.", conversation)

    first, second = (request.body for request in upstream.requests)
    assert (first["model"], second["model"]) == (HAIKU, OPUS)
    assert second["output_config"] == {"effort": "low"}
    assert (await Conversation.objects.aget()).is_best_fit


async def _ask(person: User, text: str, conversation: Conversation | None = None) -> None:
    sent = replace(sending(text), model=BEST_FIT)
    await ended(await database_sync_to_async(start_turn)(person, sent, conversation))


@pytest.mark.django_db(transaction=True)
def test_it_is_said_on_the_answer_and_kept_by_the_composer(alice: User, alice_client: Client) -> None:
    RoutingRule.objects.all().delete()
    RoutingRule.objects.create(kind=Kind.SHORT, model=HAIKU)
    form = {"text": "What is a fjord?", "client_id": str(sending().client_id), "model": BEST_FIT}

    address = alice_client.post("/messages/", form)["Location"]

    assert '<option value="best-fit" selected' in alice_client.get(address).text
    assert Conversation.objects.get().turns.get().route == "a short question"
