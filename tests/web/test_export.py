"""Export: everything of one's own conversation, of any length, and nothing of anybody else's."""

import json
import tracemalloc
from typing import Any
from uuid import uuid4

import pytest
from django.test import AsyncClient, Client

from conversations.claude.events import TokenCounts
from conversations.models import Attachment, Conversation, Message, Role, State, Turn, TurnEvent, TurnStatus, User
from conversations.web.transcript import MESSAGES_AT_ONCE
from tests.usage.attempts import OPUS, attempt, booked


def text_block(words: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": words}]


@pytest.fixture
def conversation(alice: User) -> Conversation:
    """A question with a picture, its answer that failed once, and another version of the answer."""
    conversation = Conversation.objects.create(owner=alice, title="Fjords & more", model=OPUS, revision=7)
    question = Message.objects.create(
        conversation=conversation, position=0, role=Role.USER, content=text_block("What is a fjord?")
    )
    Attachment.objects.create(
        owner=alice, message=question, name="fjord.png", media_type="image/png", width=4, height=3, size_bytes=12
    )
    thinking = {"type": "thinking", "thinking": "Hm.", "signature": "sig"}
    answer = answered(conversation, question, 1, content=[thinking, *text_block("A drowned valley.")])
    turn = asked(conversation, question, answer)
    booked(alice, attempt(TokenCounts(), reason="overloaded", billed=False, request_id="req_0"), turn=turn)
    booked(alice, attempt(TokenCounts(1, 2, 3, 4, 5), request_id="req_1", number=2), turn=turn)
    answered(conversation, question, 2, content=text_block("An inl"), state=State.STOPPED, reason="stopped")
    return conversation


def answered(conversation: Conversation, question: Message, position: int, **facts: Any) -> Message:
    return Message.objects.create(
        conversation=conversation, position=position, parent=question, role=Role.ASSISTANT, model=OPUS, **facts
    )


def asked(conversation: Conversation, question: Message, answer: Message) -> Turn:
    return Turn.objects.create(
        conversation=conversation,
        question=question,
        answer=answer,
        asked_by=conversation.owner,
        client_id=uuid4(),
        model=OPUS,
        status=TurnStatus.COMPLETE,
    )


def export(client: Client, conversation: Conversation, query: str = "") -> Any:
    return client.get(f"/c/{conversation.pk}/export/{query}")


def exported(client: Client, conversation: Conversation) -> Any:
    return json.loads(export(client, conversation, "?format=json").getvalue())


def test_the_json_is_the_conversation_with_every_message(alice_client: Client, conversation: Conversation) -> None:
    data = exported(alice_client, conversation)

    assert data["conversation"] == {
        "id": str(conversation.pk),
        "title": "Fjords & more",
        "project": None,
        "model": OPUS,
        "revision": 7,
        "created_at": data["conversation"]["created_at"],
    }
    question, answer, version = data["messages"]
    assert (question["role"], question["text"], question["parent"]) == ("user", "What is a fjord?", None)
    assert (answer["role"], answer["state"], answer["parent"]) == ("assistant", "complete", question["id"])
    assert (answer["text"], answer["model"]) == ("A drowned valley.", OPUS)
    assert answer["content"][0] == {"type": "thinking", "thinking": "Hm.", "signature": "sig"}
    assert (version["state"], version["reason"], version["parent"]) == ("stopped", "stopped", question["id"])


def test_attachments_are_named_and_not_included(alice_client: Client, conversation: Conversation) -> None:
    (attachment,) = exported(alice_client, conversation)["messages"][0]["attachments"]

    assert attachment == {
        "id": str(Attachment.objects.get().pk),
        "name": "fjord.png",
        "media_type": "image/png",
        "size_bytes": 12,
        "width": 4,
        "height": 3,
        "pages": 0,
    }


def test_every_attempt_is_there_with_its_tokens_and_cost(alice_client: Client, conversation: Conversation) -> None:
    failed, fine = exported(alice_client, conversation)["messages"][1]["usage"]

    assert (failed["request_id"], failed["reason"], failed["billed"]) == ("req_0", "overloaded", False)
    assert {name: fine[name] for name in fine if name.endswith("_tokens")} == {
        "input_tokens": 1,
        "cache_write_5m_tokens": 2,
        "cache_write_1h_tokens": 3,
        "cache_read_tokens": 4,
        "output_tokens": 5,
    }
    assert (fine["cost_usd"], fine["stop_reason"], fine["estimated"]) == ("0.0001388000", "end_turn", False)


def test_an_answer_that_still_streams_is_exported_as_far_as_it_was_shown(
    alice_client: Client, conversation: Conversation
) -> None:
    question = conversation.messages.get(position=0)
    answer = answered(conversation, question, 3, state=State.STREAMING)
    turn = asked(conversation, question, answer)
    for index, kind, words in ((0, "thinking", "Hm."), (1, "text", "It is "), (1, "text", "long")):
        TurnEvent.objects.create(turn=turn, block_index=index, block_type=kind, text=words)

    assert exported(alice_client, conversation)["messages"][3]["text"] == "It is long"


def test_the_markdown_can_be_read(alice_client: Client, conversation: Conversation) -> None:
    words = export(alice_client, conversation, "?format=md").getvalue().decode()

    lines = [line for line in words.splitlines() if line]
    assert lines[0] == "# Fjords & more"
    assert lines[1].startswith("## You · 20")
    assert lines[2:4] == ["*Attached: fjord.png*", "What is a fjord?"]
    assert lines[4].startswith("## Claude Opus 5.5 · 20")
    assert lines[5] == "A drowned valley."
    assert lines[7].startswith("*Another version, after the message of 20")
    assert lines[8:] == ["An inl", "*Stopped. (stopped)*"]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Fjords & more", "fjords-more-{id}.json"),
        ("", "conversation-{id}.json"),
        ("../../etc/passwd\r\nX: y", "etcpasswd-x-y-{id}.json"),
        ("峡湾", "conversation-{id}.json"),
    ],
)
def test_the_file_has_a_name_that_harms_nobody(
    alice_client: Client, conversation: Conversation, title: str, name: str
) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(title=title)

    response = export(alice_client, conversation)

    expected = name.format(id=str(conversation.pk)[:8])
    assert response["Content-Disposition"] == f'attachment; filename="{expected}"'


def test_a_stranger_gets_404_and_whoever_is_not_signed_in_the_sign_in_page(
    ben_client: Client, cleo_client: Client, client: Client, conversation: Conversation
) -> None:
    assert export(ben_client, conversation).status_code == 404
    assert export(cleo_client, conversation).status_code == 404
    assert export(client, conversation)["Location"].startswith("/accounts/login/")


def test_an_unknown_format_gets_a_sentence(alice_client: Client, conversation: Conversation) -> None:
    response = export(alice_client, conversation, "?format=pdf")

    assert response.status_code == 400
    assert response.text == "A conversation can be exported as json or md, not as 'pdf'.\n"


def test_an_empty_conversation_is_still_json(alice_client: Client, alice: User) -> None:
    empty = Conversation.objects.create(owner=alice, model=OPUS)

    assert exported(alice_client, empty)["messages"] == []


def test_a_long_conversation_is_whole_and_needs_little_memory(alice_client: Client, alice: User) -> None:
    long = Conversation.objects.create(owner=alice, model=OPUS)
    words = text_block("x" * 50_000)
    count = 20 * MESSAGES_AT_ONCE  # 20 MB of text
    Message.objects.bulk_create(
        Message(conversation=long, position=position, role=Role.ASSISTANT, content=words) for position in range(count)
    )

    tracemalloc.start()
    response = export(alice_client, long, "?format=md")
    size = sum(len(portion) for portion in response.streaming_content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert size > count * 50_000
    assert peak < size / 2


@pytest.mark.django_db(transaction=True)
async def test_the_file_streams_from_the_real_kind_of_server(
    async_client: AsyncClient, alice: User, conversation: Conversation
) -> None:
    await async_client.aforce_login(alice)

    response: Any = await async_client.get(f"/c/{conversation.pk}/export/?format=json")

    assert response.is_async
    whole = b"".join([portion async for portion in response.streaming_content])
    assert len(json.loads(whole)["messages"]) == 3
