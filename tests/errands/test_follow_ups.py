"""Questions to go on with, under the last answer, for those who like them."""

import asyncio
import json
from typing import Any

import pytest
from django.test import Client

from conversations.errands.follow_ups import tidy
from conversations.models import ErrandSwitch, Message, Purpose, UsageEntry, User
from conversations.turns.worker import Worker
from tests.live.windows import window
from tests.turns.conversing import ask, booked, ended
from tests.upstream import Gate, Reply, Request, Upstream, spoken

pytestmark = pytest.mark.django_db(transaction=True)
QUESTIONS = ["How deep are they?", "Where is the longest <one>?", "Can one swim there?"]


def suggests(request: Request) -> bool:
    return "questions" in str(request.body.get("output_config", {}).get("format", {}))


def suggestions(*questions: str) -> Reply:
    return spoken(json.dumps({"questions": questions}), model="claude-haiku-5-5")


@pytest.fixture
async def worker(settings: Any, worker: Worker) -> Worker:
    settings.ERRANDS = True
    await ErrandSwitch.objects.aupdate_or_create(errand=Purpose.TITLE, defaults={"is_on": False})
    return worker


async def test_windows_get_them_under_the_last_answer_and_so_does_a_reload(
    alice: User, alice_client: Client, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(Reply.streaming(Gate("suggest"), *suggestions(*QUESTIONS).steps), when=suggests)
    turn = await ended(await ask(alice))

    async with window(alice, turn.conversation_id) as alices:
        await alices.frame()
        upstream.release("suggest")
        frame = await alices.frame_with(f'<div id="message-{turn.answer_id}-follow-ups" hx-swap-oob="innerHTML">')

    assert 'data-example="Where is the longest &lt;one&gt;?"' in frame
    assert (await Message.objects.aget(pk=turn.answer_id)).follow_ups == QUESTIONS
    assert (await UsageEntry.objects.aget(purpose=Purpose.FOLLOW_UPS)).person_id == alice.pk


async def test_whoever_does_not_want_them_pays_for_none(alice: User, upstream: Upstream, worker: Worker) -> None:
    await User.objects.aupdate(follow_ups=False)

    await ended(await ask(alice))
    await asyncio.gather(*worker.errands.tasks)

    assert len(upstream.requests) == 1


async def test_the_owner_can_switch_them_off(alice: User, upstream: Upstream, worker: Worker) -> None:
    await ErrandSwitch.objects.aupdate_or_create(errand=Purpose.FOLLOW_UPS, defaults={"is_on": False})

    await ended(await ask(alice))
    await asyncio.gather(*worker.errands.tasks)

    assert len(upstream.requests) == 1


async def test_they_come_too_late_for_an_answer_that_is_not_the_last(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(Reply.streaming(Gate("suggest"), *suggestions(*QUESTIONS).steps), when=suggests)
    turn = await ended(await ask(alice))
    await upstream.reached("suggest")

    await ended(await ask(alice, "And then?", turn.conversation))
    upstream.release("suggest")
    await booked(4)
    await asyncio.gather(*worker.errands.tasks)

    assert (await Message.objects.aget(pk=turn.answer_id)).follow_ups is None


async def test_a_stopped_or_cut_answer_gets_none(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(spoken("A drowned", stop_reason="max_tokens"))

    await ended(await ask(alice))
    await asyncio.gather(*worker.errands.tasks)

    assert len(upstream.requests) == 1


def test_only_short_and_different_questions_are_kept() -> None:
    assert tidy(["Why?", " Why? ", "", "x" * 121, "How\nso?", "Where?", "When?"]) == ["Why?", "How so?", "Where?"]


def test_a_person_says_whether_to_see_them(alice: User, alice_client: Client) -> None:
    alice_client.post("/preferences/", {"theme": "system", "enter_sends": "true"})

    alice.refresh_from_db()
    assert not alice.follow_ups
