"""POST /c/<uuid>/stop/, …/retry/ and …/continue/."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from conversations.models import Conversation, Message, State, Turn, TurnStatus
from conversations.turns.finish import Ending, finish
from conversations.turns.stop import NOTHING_YET

HTMX = {"HX-Request": "true"}


@pytest.fixture
def turn(alice_client: Client) -> Turn:
    """Alice asked, and nobody answers yet."""
    alice_client.post("/messages/", {"text": "What is a fjord?", "client_id": str(uuid4())})
    return Turn.objects.get()


@pytest.fixture
def cut(turn: Turn) -> Turn:
    """Her answer broke off after its first words."""
    words = [{"type": "text", "text": "A drowned"}]
    broken = Ending(TurnStatus.FAILED, "stalled", "Claude went silent.", words, (), None, "claude-opus-5-5")
    finish(turn.pk, broken, fence=0)
    return turn


def page_of(client: Client, turn: Turn) -> str:
    return client.get(f"/c/{turn.conversation_id}/").text


def test_stop_ends_the_turn_and_is_harmless_when_repeated(alice_client: Client, turn: Turn) -> None:
    responses = [alice_client.post(f"/c/{turn.conversation_id}/stop/", headers=HTMX) for _ in range(2)]

    assert [response.status_code for response in responses] == [204, 204]
    assert Message.objects.get(pk=turn.answer_id).state == State.STOPPED


def test_stop_without_script_goes_back_to_the_conversation(alice_client: Client, turn: Turn) -> None:
    response = alice_client.post(f"/c/{turn.conversation_id}/stop/")

    assert (response.status_code, response["Location"]) == (303, f"/c/{turn.conversation_id}/")


def test_a_stranger_cannot_stop_it(ben_client: Client, turn: Turn) -> None:
    assert ben_client.post(f"/c/{turn.conversation_id}/stop/").status_code == 404

    turn.refresh_from_db()
    assert turn.is_active


def test_retry_queues_another_answer_to_the_same_question(alice_client: Client, cut: Turn) -> None:
    response = alice_client.post(f"/c/{cut.conversation_id}/messages/{cut.answer_id}/retry/", headers=HTMX)

    assert response.status_code == 204
    assert Turn.objects.active().get().question_id == cut.question_id


def test_retry_pressed_twice_makes_one_answer(alice_client: Client, cut: Turn) -> None:
    once = {"client_id": str(uuid4())}

    for _ in range(2):
        alice_client.post(f"/c/{cut.conversation_id}/messages/{cut.answer_id}/retry/", once, headers=HTMX)

    assert Turn.objects.count() == 2


def test_retry_can_ask_another_model_and_the_chat_stays_with_it(alice_client: Client, cut: Turn) -> None:
    address = f"/c/{cut.conversation_id}/messages/{cut.answer_id}/retry/"

    response = alice_client.post(address, {"model": "claude-sonnet-5-5"}, headers=HTMX)

    assert response.status_code == 204
    turn = Turn.objects.active().get()
    assert (turn.question_id, turn.model, turn.conversation.model) == (cut.question_id, *["claude-sonnet-5-5"] * 2)


def test_another_model_can_be_asked_without_script(alice_client: Client, cut: Turn) -> None:
    address = f"/c/{cut.conversation_id}/messages/{cut.answer_id}/retry/"

    form = re.search(rf'<form class="other-model"[^>]* action="{address}".*?</form>', page_of(alice_client, cut), re.S)
    response = alice_client.post(address, {"model": "claude-haiku-5-5"})

    assert form
    offered = re.findall(r'<option value="([^"]+)"', form[0])
    assert "claude-haiku-5-5" in offered
    assert "claude-opus-5-5" not in offered
    assert re.search(r'<button[^>]* type="submit">Ask another model</button>', form[0])
    assert (response.status_code, response["Location"]) == (303, f"/c/{cut.conversation_id}/")
    assert Turn.objects.active().get().model == "claude-haiku-5-5"


def test_a_model_that_is_not_offered_is_not_asked(alice_client: Client, cut: Turn) -> None:
    address = f"/c/{cut.conversation_id}/messages/{cut.answer_id}/retry/"

    response = alice_client.post(address, {"model": "claude-mythos-5-2"}, headers=HTMX)

    assert response.status_code == 422
    assert "not offered" in response.text
    assert not Turn.objects.active().exists()


def test_the_same_retry_of_another_model_is_a_conflict(alice_client: Client, cut: Turn) -> None:
    address = f"/c/{cut.conversation_id}/messages/{cut.answer_id}/retry/"
    once = {"client_id": str(uuid4())}
    alice_client.post(address, {**once, "model": "claude-sonnet-5-5"}, headers=HTMX)

    again = alice_client.post(address, {**once, "model": "claude-sonnet-5-5"}, headers=HTMX)
    other = alice_client.post(address, {**once, "model": "claude-haiku-5-5"}, headers=HTMX)

    assert (again.status_code, other.status_code) == (204, 409)
    assert Turn.objects.count() == 2


@pytest.mark.parametrize(
    ("status", "is_offered"),
    [
        (TurnStatus.FAILED, True),
        (TurnStatus.REFUSED, True),
        (TurnStatus.STOPPED, False),
        (TurnStatus.COMPLETE, False),
    ],
)
def test_another_model_is_offered_where_this_one_did_not_answer(
    alice_client: Client, turn: Turn, status: TurnStatus, is_offered: bool
) -> None:
    finish(turn.pk, Ending(status, "", "", [], (), None, "claude-opus-5-5"), fence=0)

    assert ("Ask another model" in page_of(alice_client, turn)) == is_offered


def test_retry_while_claude_answers_is_409(alice_client: Client, cut: Turn) -> None:
    address = f"/c/{cut.conversation_id}/messages/{cut.answer_id}/retry/"
    alice_client.post(address, headers=HTMX)

    response = alice_client.post(address, headers=HTMX)

    assert (response.status_code, response["Content-Type"]) == (409, "text/plain; charset=utf-8")
    assert "still answering" in response.text
    assert "still answering" in alice_client.post(address).text


def test_continue_asks_for_the_rest(alice_client: Client, cut: Turn) -> None:
    response = alice_client.post(f"/c/{cut.conversation_id}/messages/{cut.answer_id}/continue/", headers=HTMX)

    assert response.status_code == 204
    following = Turn.objects.active().get()
    assert following.question.parent_id == cut.answer_id


@pytest.mark.parametrize("verb", ["retry", "continue"])
def test_a_stranger_gets_nothing(ben_client: Client, cut: Turn, verb: str) -> None:
    response = ben_client.post(f"/c/{cut.conversation_id}/messages/{cut.answer_id}/{verb}/")

    assert response.status_code == 404
    assert Turn.objects.count() == 1


@pytest.mark.parametrize("verb", ["retry", "continue"])
def test_an_answer_of_another_conversation_is_not_there(alice_client: Client, cut: Turn, verb: str) -> None:
    alice_client.post("/messages/", {"text": "Another", "client_id": str(uuid4())})
    other = Turn.objects.active().get()
    finish(other.pk, NOTHING_YET, fence=0)

    response = alice_client.post(f"/c/{other.conversation_id}/messages/{cut.answer_id}/{verb}/")

    assert response.status_code == 404


def test_a_running_answer_cannot_be_tried_again(alice_client: Client, turn: Turn) -> None:
    response = alice_client.post(f"/c/{turn.conversation_id}/messages/{turn.answer_id}/retry/")

    assert response.status_code == 404


@pytest.mark.parametrize("place", ["messages/", "messages/{answer}/retry/", "messages/{answer}/continue/"])
def test_a_chat_that_is_erased_as_a_question_comes_in_is_not_there(alice_client: Client, cut: Turn, place: str) -> None:
    def erase(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """As retention would, after the chat was looked up."""
        if sql.startswith('INSERT INTO "conversations_message"'):
            Conversation.objects.filter(pk=cut.conversation_id).delete()
        return execute(sql, params, many, context)

    address = f"/c/{cut.conversation_id}/{place.format(answer=cut.answer_id)}"
    with connection.execute_wrapper(erase):
        response = alice_client.post(address, {"text": "And a bay?", "client_id": str(uuid4())}, headers=HTMX)

    assert response.status_code == 404
    assert Message.objects.filter(conversation=cut.conversation_id).count() == 2
