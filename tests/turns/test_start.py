"""A question is asked."""

from uuid import uuid4

import pytest

from conversations.models import Conversation, Message, State, Turn, User
from conversations.turns.finish import finish
from conversations.turns.start import ask_again, start_turn
from conversations.turns.start_errors import (
    NotTheLastAnswer,
    SendConflict,
    TurnIsActive,
    UnknownAttachment,
)
from conversations.turns.stop import NOTHING_YET
from tests.turns.conversing import sending


def test_a_first_question_makes_a_conversation_named_after_its_first_line(alice: User) -> None:
    turn = start_turn(alice, sending("What is a fjord?\nBriefly."), None)

    assert turn.conversation.title == "What is a fjord?"
    assert turn.conversation.owner == alice
    assert turn.question.text == "What is a fjord?\nBriefly."
    assert (turn.answer.parent_id, turn.answer.state) == (turn.question_id, State.QUEUED)


def test_it_advances_the_revision_by_one(alice: User) -> None:
    turn = start_turn(alice, sending(), None)

    turn.conversation.refresh_from_db()
    assert turn.conversation.revision == 1


def test_the_same_send_twice_gives_one_message_and_one_turn(alice: User) -> None:
    once = sending()

    first, second = start_turn(alice, once, None), start_turn(alice, once, None)

    assert first == second
    assert (Conversation.objects.count(), Message.objects.count(), Turn.objects.count()) == (1, 2, 1)


def test_the_same_name_with_other_words_is_a_conflict(alice: User) -> None:
    client_id = uuid4()
    start_turn(alice, sending("One", client_id=client_id), None)

    with pytest.raises(SendConflict):
        start_turn(alice, sending("Two", client_id=client_id), None)

    assert Message.objects.count() == 2


def test_two_people_may_use_the_same_name(alice: User, ben: User) -> None:
    client_id = uuid4()

    first = start_turn(alice, sending(client_id=client_id), None)
    second = start_turn(ben, sending(client_id=client_id), None)

    assert first.conversation != second.conversation


def test_a_conversation_takes_one_question_at_a_time(alice: User) -> None:
    first = start_turn(alice, sending(), None)

    with pytest.raises(TurnIsActive):
        start_turn(alice, sending("And a bay?"), first.conversation)

    assert Message.objects.count() == 2


def test_the_next_question_follows_the_last_answer(alice: User) -> None:
    first = start_turn(alice, sending(), None)
    finish(first.pk, NOTHING_YET, fence=0)

    second = start_turn(alice, sending("And a bay?"), first.conversation)

    assert second.question.parent_id == first.answer_id
    assert [m.position for m in first.conversation.messages.oldest_first()] == [0, 1, 2, 3]


def test_an_attachment_of_somebody_else_is_not_there(alice: User) -> None:
    with pytest.raises(UnknownAttachment):
        start_turn(alice, sending(attachments=[uuid4()]), None)

    assert not Conversation.objects.exists()


def test_asking_again_puts_another_answer_beside_the_last(alice: User) -> None:
    first = start_turn(alice, sending(), None)
    finish(first.pk, NOTHING_YET, fence=0)
    first.answer.refresh_from_db()

    second = ask_again(alice, first.answer, uuid4())

    assert second.question == first.question
    assert second.answer.parent_id == first.question_id


def test_asking_again_twice_with_one_name_makes_one_answer(alice: User) -> None:
    first = start_turn(alice, sending(), None)
    finish(first.pk, NOTHING_YET, fence=0)
    client_id = uuid4()

    assert ask_again(alice, first.answer, client_id) == ask_again(alice, first.answer, client_id)


def test_only_the_last_answer_can_be_asked_for_again(alice: User) -> None:
    first = start_turn(alice, sending(), None)
    finish(first.pk, NOTHING_YET, fence=0)
    start_turn(alice, sending("And a bay?"), first.conversation)

    with pytest.raises((NotTheLastAnswer, TurnIsActive)):
        ask_again(alice, first.answer, uuid4())


def test_a_chat_that_was_erased_meanwhile_takes_no_question(alice: User) -> None:
    turn = start_turn(alice, sending(), None)
    finish(turn.pk, NOTHING_YET, fence=0)
    chat, answer = turn.conversation, Message.objects.select_related("conversation", "parent").get(pk=turn.answer_id)
    Conversation.objects.filter(pk=chat.pk).delete()

    with pytest.raises(Conversation.DoesNotExist):
        start_turn(alice, sending("And a bay?"), chat)
    with pytest.raises(Conversation.DoesNotExist):
        ask_again(alice, answer, uuid4())

    assert not Message.objects.exists()
