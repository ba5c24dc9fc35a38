"""POST /messages/ and POST /c/<uuid>/messages/."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from conversations.models import Conversation, Message, Turn, User
from conversations.turns.finish import finish
from conversations.turns.stop import NOTHING_YET
from conversations.web.forms import MAX_TEXT_CHARS

HTMX = {"HX-Request": "true"}


def sent(text: str = "What is a fjord?", **more: Any) -> dict[str, Any]:
    return {"text": text, "client_id": str(uuid4()), **more}


def test_a_first_message_makes_a_conversation_and_pushes_its_address(alice_client: Client, alice: User) -> None:
    response = alice_client.post("/messages/", sent(), headers=HTMX)

    conversation = Conversation.objects.visible_to(alice).get()
    assert response.status_code == 204
    assert response["HX-Push-Url"] == f"/c/{conversation.pk}/"
    assert f'"/ws/c/{conversation.pk}/"' in response["HX-Trigger"]


def test_without_script_it_redirects_to_the_conversation(alice_client: Client, alice: User) -> None:
    response = alice_client.post("/messages/", sent())

    conversation = Conversation.objects.visible_to(alice).get()
    assert (response.status_code, response["Location"]) == (303, f"/c/{conversation.pk}/")


def test_the_next_message_joins_the_conversation(alice_client: Client, alice: User) -> None:
    alice_client.post("/messages/", sent())
    turn = Turn.objects.get()
    finish(turn.pk, NOTHING_YET, fence=0)

    response = alice_client.post(f"/c/{turn.conversation_id}/messages/", sent("And a bay?"), headers=HTMX)

    assert response.status_code == 204
    assert [m.role for m in turn.conversation.messages.oldest_first()] == ["user", "assistant"] * 2


def test_the_same_send_twice_answers_alike_and_makes_one_message(alice_client: Client) -> None:
    once = sent()

    first = alice_client.post("/messages/", once, headers=HTMX)
    second = alice_client.post("/messages/", once, headers=HTMX)

    assert first["HX-Push-Url"] == second["HX-Push-Url"]
    assert Message.objects.filter(role="user").count() == 1


def test_the_same_name_with_other_words_is_409_and_gives_the_words_back(alice_client: Client) -> None:
    once = sent()
    alice_client.post("/messages/", once)

    response = alice_client.post("/messages/", once | {"text": "Something else"}, headers=HTMX)

    assert response.status_code == 409
    assert "Something else" in response.text


def test_a_second_question_while_claude_answers_is_409_and_gives_the_words_back(alice_client: Client) -> None:
    alice_client.post("/messages/", sent())
    conversation = Conversation.objects.get()

    response = alice_client.post(f"/c/{conversation.pk}/messages/", sent("And a bay?"), headers=HTMX)

    assert response.status_code == 409
    assert "And a bay?" in response.text
    assert "still answering" in response.text


@pytest.mark.parametrize("text", ["", "   \n\t "])
def test_nothing_to_say_is_422(alice_client: Client, text: str) -> None:
    response = alice_client.post("/messages/", sent(text), headers=HTMX)

    assert response.status_code == 422
    assert "Write a message or attach a file." in response.text
    assert not Conversation.objects.exists()


def test_the_longest_text_is_taken_and_one_more_character_is_not(alice_client: Client) -> None:
    assert alice_client.post("/messages/", sent("x" * MAX_TEXT_CHARS), headers=HTMX).status_code == 204

    response = alice_client.post("/messages/", sent("x" * (MAX_TEXT_CHARS + 1)), headers=HTMX)

    assert response.status_code == 422
    assert str(MAX_TEXT_CHARS) in response.text


def test_words_are_kept_byte_for_byte_but_for_what_a_database_refuses(alice_client: Client) -> None:
    alice_client.post("/messages/", sent("  👩‍👩‍👧 e\u0301 \u202eRTL\r\nNUL:\x00  "))

    assert Message.objects.get(role="user").text == "  👩‍👩‍👧 e\u0301 \u202eRTL\nNUL:\ufffd  "


def test_a_model_that_is_not_offered_is_refused_with_words(alice_client: Client) -> None:
    response = alice_client.post("/messages/", sent(model="gpt-oops"), headers=HTMX)

    assert response.status_code == 422
    assert "not offered" in response.text


def test_the_model_is_remembered_by_the_conversation(alice_client: Client) -> None:
    alice_client.post("/messages/", sent(model="claude-haiku-5-5"))

    assert Conversation.objects.get().model == "claude-haiku-5-5"


def test_what_a_form_does_not_offer_changes_nothing(alice_client: Client, alice: User) -> None:
    alice_client.post("/messages/", sent(is_staff="1", state="complete", tokens="0", user="2", owner="2"))

    alice.refresh_from_db()
    assert not alice.is_staff
    assert Conversation.objects.get().owner == alice
    assert Message.objects.get(role="assistant").state == "queued"


def test_a_stranger_cannot_write_into_it(alice_client: Client, ben_client: Client) -> None:
    alice_client.post("/messages/", sent())
    turn = Turn.objects.get()
    finish(turn.pk, NOTHING_YET, fence=0)

    response = ben_client.post(f"/c/{turn.conversation_id}/messages/", sent("Mine now"), headers=HTMX)

    assert response.status_code == 404
    assert Message.objects.count() == 2


def test_somebody_signed_out_is_sent_to_sign_in_with_the_whole_window(client: Client, db: None) -> None:
    response = client.post("/messages/", sent(), headers=HTMX)

    assert response["HX-Redirect"].startswith("/accounts/login/")
    assert not Conversation.objects.exists()


def test_get_sends_nothing(alice_client: Client) -> None:
    assert alice_client.get("/messages/").status_code == 405


def test_a_stale_csrf_token_is_said_in_words(alice: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)

    response = strict.post("/messages/", sent(), headers=HTMX)

    assert response.status_code == 403
    assert "send again" in response.text.lower() or "again" in response.text.lower()
    assert not Conversation.objects.exists()
