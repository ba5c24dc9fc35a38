"""A chat that has become longer than its model reads: summed up or cut, once, and never silently."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from conversations.claude import catalogue
from conversations.claude.cards import ListedModel
from conversations.claude.model_list import OFFERED
from conversations.claude.price_list import PRICE_LIST
from conversations.models import (
    Attachment,
    Conversation,
    ErrandSwitch,
    Fold,
    Project,
    Purpose,
    State,
    Turn,
    UsageEntry,
    User,
)
from conversations.turns.worker import Worker
from tests.live.windows import window
from tests.turns.conversing import MODEL, ask, ended, stop
from tests.turns.picturing import note, picture
from tests.upstream import Gate, Hang, Reply, Request, Upstream, spoken

pytestmark = pytest.mark.django_db(transaction=True)
WINDOW, LONGEST_ANSWER = 40_000, 1000
LONG = "The walls of a fjord go on below the water. " * 700  # about 10,000 tokens


def counts(request: Request) -> bool:
    return request.path.startswith("/v1/messages/count_tokens")


def sums_up(request: Request) -> bool:
    return "summary" in request.body.get("output_config", {}).get("format", {}).get("schema", {}).get("properties", {})


def answers(request: Request) -> bool:
    return not counts(request) and not sums_up(request)


def reply_to(request: Request) -> Reply:
    if counts(request):
        return Reply.json({"input_tokens": len(json.dumps(request.body["messages"])) // 3})
    if sums_up(request):
        return spoken(json.dumps({"summary": "They spoke of **fjords**."}), model="claude-haiku-5-5")
    return spoken("A drowned valley.")


@pytest.fixture
def small(settings: Any, upstream: Upstream) -> Upstream:
    """The model reads 40,000 tokens, and the API counts."""
    settings.ERRANDS = True
    for errand in (Purpose.TITLE, Purpose.FOLLOW_UPS):
        ErrandSwitch.objects.update_or_create(errand=errand, defaults={"is_on": False})
    listed = ListedModel(MODEL, "Claude Opus 5.5", context_tokens=WINDOW, max_output_tokens=LONGEST_ANSWER)
    catalogue.learn([listed], offered=OFFERED, prices=PRICE_LIST)
    upstream.otherwise = reply_to
    return upstream


async def asked(person: User, *questions: str, conversation: Conversation | None = None) -> Turn:
    for question in questions:
        turn = await ended(await ask(person, question, conversation))
        conversation = turn.conversation
    return turn


def sent(upstream: Upstream, of: Callable[[Request], bool] = answers) -> list[dict[str, Any]]:
    return [request.body for request in upstream.requests if of(request)]


async def test_what_does_not_fit_is_summed_up_once_and_kept(alice: User, small: Upstream, worker: Worker) -> None:
    turn = await asked(alice, *[f"Question {number}. {LONG}" for number in range(5)])

    assert turn.answer.state == State.COMPLETE
    fold = await Fold.objects.aget()
    assert fold.summary == "They spoke of **fjords**."
    first = sent(small)[-1]["messages"][0]["content"][0]["text"]
    assert "summed up for you" in first
    assert "They spoke of **fjords**." in first
    assert all(len(json.dumps(body["messages"])) // 3 <= WINDOW - LONGEST_ANSWER for body in sent(small))
    await asked(alice, "And then?", conversation=turn.conversation)
    assert sent(small)[-1]["messages"][: len(sent(small)[-2]["messages"])][0] == sent(small)[-2]["messages"][0]
    assert len(sent(small, sums_up)) == 1
    entry = await UsageEntry.objects.aget(purpose=Purpose.SUMMARY)
    assert (entry.person_id, entry.conversation_id, entry.turn_id) == (alice.pk, turn.conversation_id, None)
    assert entry.answered_model == "claude-haiku-5-5"


async def test_the_files_of_a_project_stay_before_the_summary(alice: User, small: Upstream, worker: Worker) -> None:
    garden = await Project.objects.acreate(owner=alice, name="Garden")
    await Attachment.objects.filter(pk=(await note(alice, "Moss. " * 3000, "moss.txt")).pk).aupdate(project=garden)
    chat = await Conversation.objects.acreate(owner=alice, model=MODEL, project=garden)

    turn = await asked(alice, *[f"Question {number}. {LONG}" for number in range(5)], conversation=chat)

    assert turn.answer.state == State.COMPLETE
    files, question, *_ = sent(small)[-1]["messages"]
    assert files == sent(small)[0]["messages"][0]
    assert files["content"][0]["title"] == "moss.txt"
    assert "summed up for you" in question["content"][0]["text"]
    assert all(len(json.dumps(body["messages"])) // 3 <= WINDOW - LONGEST_ANSWER for body in sent(small))
    assert "Moss." not in json.dumps([body["messages"] for body in sent(small, sums_up)])


async def test_a_later_summary_is_told_the_earlier_one(alice: User, small: Upstream, worker: Worker) -> None:
    await asked(alice, *[f"Question {number}. {LONG}" for number in range(8)])

    first, second = sent(small, sums_up)[:2]
    assert "<summary>" not in json.dumps(first["messages"])
    assert "<summary>\nThey spoke of **fjords**.\n</summary>" in second["messages"][0]["content"][0]["text"]


async def test_every_window_sees_where_claude_stopped_reading(
    alice: User, alice_client: Client, small: Upstream, worker: Worker
) -> None:
    turn = await asked(alice, *[f"Question {number}. {LONG}" for number in range(3)])
    small.script(Reply.streaming(Gate("answer"), *spoken("Yes.").steps), when=answers)

    async with window(alice, turn.conversation_id) as alices:
        await alices.frame()
        last = await ask(alice, f"And now? {LONG}", turn.conversation)
        frame = await alices.frame_with("fold__words")
        small.release("answer")
        await ended(last)

    assert "it reads a summary of that instead" in frame
    assert "<strong>fjords</strong>" in frame


@pytest.mark.parametrize(
    "is_on, reply",  # noqa: PT006
    [
        pytest.param(False, None, id="off"),
        pytest.param(True, Reply.error(529, "overloaded_error"), id="overloaded"),
        pytest.param(True, spoken("no data"), id="no data"),
    ],
)
async def test_without_a_summary_the_older_part_is_left_out_and_said_to_be(
    alice: User, small: Upstream, worker: Worker, is_on: bool, reply: Reply | None
) -> None:
    await ErrandSwitch.objects.aupdate_or_create(errand=Purpose.SUMMARY, defaults={"is_on": is_on})
    if reply:
        small.script(reply, when=sums_up)

    turn = await asked(alice, *[f"Question {number}. {LONG}" for number in range(4)])
    async with window(alice, turn.conversation_id) as alices:
        frame = await alices.frame()

    assert turn.answer.state == State.COMPLETE
    assert (await Fold.objects.aget()).summary == ""
    assert "they were more than you can read" in sent(small)[-1]["messages"][0]["content"][0]["text"]
    assert "is left out. You can still read it here." in frame


async def test_a_chat_that_fits_is_counted_and_left_alone(alice: User, small: Upstream, worker: Worker) -> None:
    await asked(alice, "What is a fjord?", LONG)

    assert len(sent(small, counts)) == 1  # the second, which is above a quarter of the window
    assert not await Fold.objects.aexists()


async def test_where_the_api_does_not_count_the_estimate_counts(alice: User, small: Upstream, worker: Worker) -> None:
    small.script(*[Reply.error(404, "not_found_error") for _ in range(9)], when=counts)

    turn = await asked(alice, *[f"Question {number}. {LONG}" for number in range(4)])

    assert turn.answer.state == State.COMPLETE
    assert await Fold.objects.aexists()


async def test_a_prompt_that_claude_finds_too_long_ends_with_the_offer_and_a_retry_keeps_it(
    alice: User, alice_client: Client, small: Upstream, worker: Worker
) -> None:
    turn = await asked(alice, f"First. {LONG}", f"Second. {LONG}")
    body = {"type": "error", "error": {"type": "invalid_request_error", "message": "prompt is too long: 41000 tokens"}}
    small.script(Reply((json.dumps(body).encode(),), status=400), when=answers)
    failed = await asked(alice, "Third.", conversation=turn.conversation)

    assert (failed.answer.state, failed.answer.reason) == (State.FAILED, "too_long")
    assert "retry: what is older is then summed up" in failed.answer.advice

    retried = await asked(alice, "Fourth.", conversation=turn.conversation)

    assert retried.answer.state == State.COMPLETE
    assert "summed up for you" in sent(small)[-1]["messages"][0]["content"][0]["text"]


async def test_an_answer_that_fills_the_window_offers_to_go_on_with_a_summary(
    alice: User, small: Upstream, worker: Worker
) -> None:
    turn = await asked(alice, f"First. {LONG}")
    small.script(spoken("A drowned", stop_reason="model_context_window_exceeded"), when=answers)
    full = await asked(alice, f"Second. {LONG}", conversation=turn.conversation)

    async with window(alice, turn.conversation_id) as alices:
        frame = await alices.frame()
    await asked(alice, "Continue.", conversation=turn.conversation)

    assert full.answer.reason == "model_context_window_exceeded"
    assert "what is older is then summed up or left out" in frame
    assert "summed up for you" in sent(small)[-1]["messages"][0]["content"][0]["text"]


async def test_stop_ends_the_summing_up_and_no_question_goes_out(alice: User, small: Upstream, worker: Worker) -> None:
    small.script(Reply.streaming(Gate("summing"), Hang()), when=sums_up)
    small.release("summing")
    turn = await asked(alice, *[f"Question {number}. {LONG}" for number in range(3)])
    last = await ask(alice, f"Last. {LONG}", turn.conversation)
    await small.reached("summing")

    await stop(last)

    assert (await ended(last)).answer.state == State.STOPPED
    assert len(sent(small)) == 3
    assert not await Fold.objects.aexists()


async def test_fifty_turns_and_forty_pictures_stay_within_the_limits(
    alice: User, small: Upstream, worker: Worker
) -> None:
    conversation = None
    for number in range(50):
        size = (2400, 1800) if number == 30 else (1200, 900)
        pictures = (
            [await picture(alice, bytes([number]) * 400_000, width=size[0], height=size[1])] if number < 40 else []
        )
        turn = await ended(
            await ask(
                alice, f"Question {number}. {LONG[:600]}", conversation, attachments=[each.pk for each in pictures]
            )
        )
        assert turn.answer.state == State.COMPLETE
        conversation = turn.conversation

    for request in filter(answers, small.requests):
        blocks = [block for message in request.body["messages"] for block in message["content"]]
        images = sum(block["type"] == "image" for block in blocks)
        words = sum(len(block["text"]) for block in blocks if block["type"] == "text")
        assert len(request.raw_body) < 30_000_000
        assert images <= 20  # a larger number would have the large one rejected
        assert words // 3 <= WINDOW - LONGEST_ANSWER
    await asyncio.gather(*worker.errands.tasks)
