"""Deleting a chat: gone at once, back by undo, erased with its files once that is over."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from conversations.models import Attachment, Conversation, State, Turn, UsageEntry, User
from tests.refusals.declining import HTMX, answered, asked
from tests.turns.picturing import stored


@pytest.fixture
def turn(alice_client: Client) -> Turn:
    return answered(asked(alice_client))


def delete(client: Client, turn: Turn) -> Any:
    return client.post(f"/c/{turn.conversation_id}/delete/")


def undo(client: Client, turn: Turn) -> int:
    return client.post(f"/c/{turn.conversation_id}/undelete/").status_code


def lapse() -> None:
    Conversation.objects.exclude(deleted_at=None).update(deleted_at=timezone.now() - timedelta(minutes=2))


def test_it_is_gone_from_every_page_at_once(alice_client: Client, turn: Turn) -> None:
    response = delete(alice_client, turn)

    assert (response.status_code, response["Location"]) == (303, f"/?deleted={turn.conversation_id}")
    for address in ("", "export/", "earlier/?before=9"):
        assert alice_client.get(f"/c/{turn.conversation_id}/{address}").status_code == 404
    assert "chat-link" not in alice_client.get("/sidebar/", headers=HTMX).text
    assert "What is a fjord?</bdi> is deleted." in alice_client.get(response["Location"]).text


def test_it_comes_back_whole(alice_client: Client, turn: Turn) -> None:
    delete(alice_client, turn)

    assert undo(alice_client, turn) == 303

    assert "A drowned" in alice_client.get(f"/c/{turn.conversation_id}/").text
    assert "is deleted." not in alice_client.get(f"/?deleted={turn.conversation_id}").text


def test_after_a_while_it_does_not(alice_client: Client, turn: Turn) -> None:
    delete(alice_client, turn)
    lapse()

    assert undo(alice_client, turn) == 404
    assert "is deleted." not in alice_client.get(f"/?deleted={turn.conversation_id}").text


def test_a_strangers_chat_can_neither_be_deleted_nor_brought_back(
    alice_client: Client, ben_client: Client, turn: Turn
) -> None:
    assert delete(ben_client, turn).status_code == 404
    delete(alice_client, turn)

    assert undo(ben_client, turn) == 404
    assert "is deleted." not in ben_client.get(f"/?deleted={turn.conversation_id}").text


def test_an_answer_on_its_way_is_stopped(alice_client: Client) -> None:
    turn = asked(alice_client)

    delete(alice_client, turn)

    turn.answer.refresh_from_db()
    assert turn.answer.state == State.STOPPED


@pytest.mark.parametrize("by", ["sweep", "deleting another"])
def test_what_cannot_be_undone_is_erased_with_its_files_and_the_ledger_stays(
    alice: User, alice_client: Client, media: Path, by: str, django_capture_on_commit_callbacks: Any
) -> None:
    turn = answered(asked(alice_client, "What is this?", attachments=str(stored(alice).pk)))
    delete(alice_client, turn)
    lapse()

    with django_capture_on_commit_callbacks(execute=True):
        if by == "sweep":
            call_command("sweep", stdout=io.StringIO())
        else:
            delete(alice_client, answered(asked(alice_client, "And a bay?")))

    assert not Conversation.objects.filter(pk=turn.conversation_id).exists()
    assert not Attachment.objects.exists()
    assert [path for path in media.rglob("*") if path.is_file()] == []
    assert UsageEntry.objects.filter(person=alice).exists()


def test_the_sweep_leaves_what_can_still_be_undone(alice_client: Client, turn: Turn) -> None:
    delete(alice_client, turn)

    call_command("sweep", stdout=io.StringIO())

    assert undo(alice_client, turn) == 303
