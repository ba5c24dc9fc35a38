"""One bad turn never ends a conversation: what was refused or rejected stays out of the requests that follow."""

from base64 import b64decode
from typing import Any

import pytest

from conversations.models import Conversation, State, User
from conversations.turns.start_errors import TooMuchAttached
from conversations.turns.worker import Worker
from tests.turns.conversing import MODEL, again, answer_to, ask, ended
from tests.turns.picturing import lose_file, picture
from tests.upstream import Reply, Upstream, begin, end, spoken, text

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("media")]

REJECTED = Reply.error(400, "invalid_request_error")
REFUSED = Reply.streaming(
    begin(index=None),
    end("refusal", index=None, stop_details={"type": "refusal", "category": "cyber", "explanation": None}),
)

REFUSED_HALFWAY = Reply.streaming(
    begin(),
    text("First you"),
    end("refusal", stop_details={"type": "refusal", "category": "cyber", "explanation": None}),
)


def texts(upstream: Upstream) -> list[str]:
    """The words of the newest request, message by message."""
    return ["".join(b["text"] for b in m["content"] if b["type"] == "text") for m in messages(upstream)]


def images(upstream: Upstream) -> list[bytes]:
    blocks = [block for message in messages(upstream) for block in message["content"]]
    return [b64decode(block["source"]["data"]) for block in blocks if block["type"] == "image"]


def messages(upstream: Upstream) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = upstream.requests[-1].body["messages"]
    return found


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (REFUSED, "refusal"),
        (REFUSED_HALFWAY, "refusal"),
        (REJECTED, "invalid_request"),
        (Reply.error(413, "request_too_large"), "too_long"),
        (Reply.page(b"<h1>Too large</h1>", status=413), "too_long"),
    ],
)
async def test_a_bad_first_question_leaves_the_next_one_alone(
    alice: User, upstream: Upstream, worker: Worker, bad: Reply, reason: str
) -> None:
    upstream.script(bad, spoken())
    first = await ended(await ask(alice, "Something bad"))

    answer = await answer_to(alice, "What is a fjord?", first.conversation)

    assert first.answer.reason == reason
    assert answer.state == State.COMPLETE
    assert texts(upstream) == ["What is a fjord?"]


@pytest.mark.parametrize("bad", [REFUSED, REFUSED_HALFWAY, REJECTED])
async def test_what_came_before_and_after_a_bad_question_is_still_sent(
    alice: User, upstream: Upstream, worker: Worker, bad: Reply
) -> None:
    upstream.script(spoken("A valley."), bad, spoken("A bay is wider."), spoken())
    first = await ended(await ask(alice, "What is a fjord?"))
    await answer_to(alice, "Something bad", first.conversation)
    await answer_to(alice, "And a bay?", first.conversation)

    await answer_to(alice, "And a sound?", first.conversation)

    assert texts(upstream) == ["What is a fjord?", "A valley.", "And a bay?", "A bay is wider.", "And a sound?"]


@pytest.mark.parametrize("failing", [Reply.error(500, "api_error"), Reply.streaming(begin())])
async def test_a_question_that_only_met_a_fault_is_still_sent(
    alice: User, upstream: Upstream, worker: Worker, failing: Reply
) -> None:
    upstream.script(failing, spoken())
    first = await ended(await ask(alice, "What is a fjord?"))

    await answer_to(alice, "And a bay?", first.conversation)

    assert texts(upstream) == ["What is a fjord?", "And a bay?"]
    assert [message["role"] for message in messages(upstream)] == ["user", "user"]


async def test_a_refused_question_can_be_asked_of_another_model(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(REFUSED, spoken("A harmless answer.", model="claude-sonnet-5-5"), spoken())
    refused = await ended(await ask(alice, "Something harmless"))

    answered = await ended(await again(refused, model="claude-sonnet-5-5"))
    await answer_to(alice, "And then?", answered.conversation)

    assert [request.body["model"] for request in upstream.requests] == [MODEL, "claude-sonnet-5-5", MODEL]
    assert (await Conversation.objects.aget(pk=refused.conversation_id)).model == MODEL
    assert answered.answer.text == "A harmless answer."
    assert texts(upstream) == ["Something harmless", "A harmless answer.", "And then?"]


async def test_an_image_that_claude_rejects_stays_out_with_its_question(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(REJECTED, spoken())
    poisoned = await picture(alice, b"poisoned")
    first = await ended(await ask(alice, "What is this?", attachments=[poisoned.pk]))

    answer = await answer_to(alice, "What is a fjord?", first.conversation)

    assert (first.answer.state, first.answer.reason) == (State.FAILED, "invalid_request")
    assert answer.state == State.COMPLETE
    assert (texts(upstream), images(upstream)) == (["What is a fjord?"], [])


async def test_an_old_image_that_is_rejected_later_costs_one_question_and_not_all(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(spoken("A boat."), REJECTED, spoken(), spoken())
    old = await picture(alice, b"old")
    first = await ended(await ask(alice, "What is this?", attachments=[old.pk]))
    await answer_to(alice, "And now?", first.conversation)

    answer = await answer_to(alice, "Once more?", first.conversation)

    assert answer.state == State.COMPLETE
    assert texts(upstream) == ["[An image was here and is left out.]What is this?", "A boat.", "Once more?"]
    assert images(upstream) == []
    new = await picture(alice, b"new")
    await ended(await ask(alice, "And this?", first.conversation, attachments=[new.pk]))
    assert images(upstream) == [b"new"]


async def test_the_same_question_can_be_tried_again_without_the_old_image(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(spoken("A boat."), REJECTED, spoken("Yes."))
    old = await picture(alice, b"old")
    first = await ended(await ask(alice, "What is this?", attachments=[old.pk]))
    rejected = await ended(await ask(alice, "Is it red?", first.conversation))

    assert (await ended(await again(rejected))).answer.text == "Yes."
    assert images(upstream) == []


async def test_a_question_whose_image_is_gone_says_so_and_blocks_nothing(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    lost = await picture(alice)
    await lose_file(lost)

    first = await ended(await ask(alice, "What is this?", attachments=[lost.pk]))
    answer = await answer_to(alice, "What is a fjord?", first.conversation)

    assert (first.answer.state, first.answer.reason) == (State.FAILED, "attachment")
    assert "Attach it again" in first.answer.advice
    assert answer.state == State.COMPLETE
    assert texts(upstream) == ["What is a fjord?"]
    assert len(upstream.requests) == 1


async def test_an_image_that_is_lost_later_is_only_left_out(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(spoken("Two boats."), spoken())
    kept, lost = await picture(alice, b"kept"), await picture(alice, b"lost")
    first = await ended(await ask(alice, "What are these?", attachments=[kept.pk, lost.pk]))
    await lose_file(lost)

    answer = await answer_to(alice, "Which is red?", first.conversation)

    assert answer.state == State.COMPLETE
    assert images(upstream) == [b"kept"]
    assert texts(upstream)[0] == "[An image was here and is left out.]What are these?"


async def test_a_question_that_is_too_large_is_not_asked_at_all(alice: User, upstream: Upstream) -> None:
    large = [await picture(alice, bytes(4_000_000)) for _ in range(6)]  # 32 MB in base64

    with pytest.raises(TooMuchAttached) as caught:
        await ask(alice, "What are these?", attachments=[image.pk for image in large])

    assert caught.value.advice == "The files are 24.0 MB together; one message takes 21 MB. Remove some and send again."
    assert not await Conversation.objects.aexists()


async def test_images_that_add_up_to_too_much_make_room_for_new_ones(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    conversation = None
    for number in range(4):
        image = await picture(alice, bytes([number]) * 6_000_000)
        turn = await ended(await ask(alice, f"Picture {number}?", conversation, attachments=[image.pk]))
        assert turn.answer.state == State.COMPLETE
        conversation = turn.conversation

    assert [data[:1] for data in images(upstream)] == [b"\x02", b"\x03"]
    assert texts(upstream)[0] == "[An image was here and is left out.]Picture 0?"
