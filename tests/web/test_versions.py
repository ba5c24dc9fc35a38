"""Editing a question and asking for another answer keep what was there; one can go from version to version."""

import re
from uuid import uuid4

import pytest
from django.test import Client

from conversations.models import Attachment, Conversation, Message, Role, State, Turn, TurnStatus, User
from conversations.turns.finish import Ending, finish
from tests.turns.picturing import stored

HTMX = {"HX-Request": "true"}


def send(client: Client, text: str, conversation: Conversation | None = None, **fields: object) -> Turn:
    """A question and its answer, which repeats the question."""
    address = f"/c/{conversation.pk}/messages/" if conversation else "/messages/"
    response = client.post(address, {"text": text, "client_id": str(uuid4()), **fields}, headers=HTMX)
    assert response.status_code == 204, response.text
    return answered(Turn.objects.latest("pk"))


def answered(turn: Turn) -> Turn:
    words = [{"type": "text", "text": f"About: {turn.question.text}"}]
    finish(turn.pk, Ending(TurnStatus.COMPLETE, "", "", words, (), None, turn.model), fence=0)
    turn.refresh_from_db()
    return turn


def shown(client: Client, conversation: Conversation) -> list[str]:
    """What the thread says, question by answer, with "2/3" where there are versions."""
    page = client.get(f"/c/{conversation.pk}/").text
    thread = page[page.index('id="thread"') : page.index("<unsent-question")]
    found = []
    for article in thread.split("<article")[1:]:
        words = re.search(r'class="message__source">(.*?)</template>', article, re.S)
        place = re.search(r'versions__place">(.*?)<', article)
        found.append((words[1] if words else "") + (f" {place[1]}" if place else ""))
    return found


def step(client: Client, message: Message, where: str) -> int:
    address = f"/c/{message.conversation_id}/messages/{message.pk}/version/"
    return client.post(address, {"step": where}, headers=HTMX).status_code


@pytest.fixture
def first(alice_client: Client) -> Turn:
    return send(alice_client, "Fjords?")


def test_an_edited_question_is_another_version_and_the_old_branch_stays(alice_client: Client, first: Turn) -> None:
    chat = first.conversation
    send(alice_client, "And bays?", chat)

    edited = send(alice_client, "Sounds?", chat, edits=first.question_id)

    assert shown(alice_client, chat) == ["Sounds? 2/2", "About: Sounds?"]
    assert edited.question.parent_id is None
    assert step(alice_client, edited.question, "previous") == 204
    assert shown(alice_client, chat) == ["Fjords? 1/2", "About: Fjords?", "And bays?", "About: And bays?"]
    assert step(alice_client, first.question, "next") == 204
    assert shown(alice_client, chat) == ["Sounds? 2/2", "About: Sounds?"]


def test_there_is_nothing_beyond_the_first_and_the_last_version(alice_client: Client, first: Turn) -> None:
    edited = send(alice_client, "Sounds?", first.conversation, edits=first.question_id)

    assert step(alice_client, edited.question, "next") == 204
    assert shown(alice_client, first.conversation)[0] == "Sounds? 2/2"
    step(alice_client, edited.question, "previous")
    assert step(alice_client, first.question, "previous") == 204
    assert shown(alice_client, first.conversation)[0] == "Fjords? 1/2"


def test_the_next_question_goes_on_from_the_branch_that_is_shown(alice_client: Client, first: Turn) -> None:
    chat = first.conversation
    edited = send(alice_client, "Sounds?", chat, edits=first.question_id)
    step(alice_client, edited.question, "previous")

    following = send(alice_client, "And bays?", Conversation.objects.get())

    assert following.question.parent_id == first.answer_id
    assert shown(alice_client, chat) == ["Fjords? 1/2", "About: Fjords?", "And bays?", "About: And bays?"]


def test_another_answer_stands_beside_the_first_one(alice_client: Client, first: Turn) -> None:
    chat = first.conversation
    page = alice_client.get(f"/c/{chat.pk}/").text
    assert "Regenerate" in page

    alice_client.post(f"/c/{chat.pk}/messages/{first.answer_id}/retry/", headers=HTMX)
    again = answered(Turn.objects.latest("pk"))

    assert shown(alice_client, chat) == ["Fjords?", "About: Fjords? 2/2"]
    assert step(alice_client, again.answer, "previous") == 204
    assert shown(alice_client, chat) == ["Fjords?", "About: Fjords? 1/2"]
    assert alice_client.post(f"/c/{chat.pk}/messages/{first.answer_id}/retry/", headers=HTMX).status_code == 204
    assert answered(Turn.objects.latest("pk")).answer.version == 3


def test_one_cannot_leave_an_answer_that_is_on_its_way(alice_client: Client, first: Turn) -> None:
    fields = {"text": "Sounds?", "client_id": str(uuid4()), "edits": first.question_id}
    alice_client.post(f"/c/{first.conversation_id}/messages/", fields, headers=HTMX)

    assert step(alice_client, first.question, "previous") == 409
    another = {**fields, "client_id": str(uuid4())}
    busy = alice_client.post(f"/c/{first.conversation_id}/messages/", another, headers=HTMX)

    assert busy.status_code == 409
    assert busy.text.startswith("Claude is still answering.")


def test_an_edit_sent_twice_makes_one_version(alice_client: Client, first: Turn) -> None:
    fields = {"text": "Sounds?", "client_id": str(uuid4()), "edits": first.question_id}

    twice = [alice_client.post(f"/c/{first.conversation_id}/messages/", fields, headers=HTMX) for _ in range(2)]

    assert [response.status_code for response in twice] == [204, 204]
    assert Message.objects.filter(role=Role.USER).count() == 2


def test_what_is_edited_must_be_a_question_of_this_chat(alice_client: Client, ben_client: Client, first: Turn) -> None:
    others = send(ben_client, "Mine?")
    for wrong in (others.question_id, first.answer_id, 10**9):
        fields = {"text": "Sounds?", "client_id": str(uuid4()), "edits": wrong}

        refused = alice_client.post(f"/c/{first.conversation_id}/messages/", fields, headers=HTMX)

        assert refused.status_code == 409
        assert "no longer there" in refused.text
    assert step(ben_client, first.question, "previous") == 404
    assert Message.objects.filter(conversation=first.conversation).count() == 2


@pytest.mark.usefixtures("media")
def test_pictures_stay_with_the_edited_question(alice: User, alice_client: Client) -> None:
    picture = stored(alice)
    first = send(alice_client, "What is this?", attachments=str(picture.pk))

    edited = send(alice_client, "Where is this?", first.conversation, edits=first.question_id)

    (copy,) = Attachment.objects.filter(message=edited.question)
    assert copy.pk != picture.pk
    assert copy.file.name == Attachment.objects.get(pk=picture.pk).file.name
    assert [block["type"] for block in edited.question.content] == ["image", "text"]
    assert edited.question.content[0]["source"]["attachment_id"] == str(copy.pk)


def test_without_script_the_composer_takes_the_words_up(alice_client: Client, first: Turn) -> None:
    page = alice_client.get(f"/c/{first.conversation_id}/?edit={first.question_id}").text

    assert f'<input type="hidden" name="edits" value="{first.question_id}">' in page
    assert re.search(r"<textarea[^>]*>\s*Fjords\?</textarea>", page)


def test_a_conversation_with_versions_can_be_deleted(alice_client: Client, first: Turn) -> None:
    edited = send(alice_client, "Sounds?", first.conversation, edits=first.question_id)
    step(alice_client, edited.question, "previous")

    Conversation.objects.get().delete()

    assert not Message.objects.exists()


def test_a_refused_question_offers_to_be_edited_and_another_model(alice_client: Client, first: Turn) -> None:
    Message.objects.filter(pk=first.answer_id).update(state=State.REFUSED, reason="refusal")

    page = alice_client.get(f"/c/{first.conversation_id}/").text

    card = page[page.index('data-ending="refused"') :]
    assert f'data-question="{first.question_id}"' in card
    assert "Ask another model" in card
    assert "Retry" not in card[: card.index("</article>")]
