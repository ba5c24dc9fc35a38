"""/admin/conversations/turn/: how each answer ended, found by the reference that its error showed."""

from uuid import uuid4

import pytest
from django.test import Client

from conversations.models import Turn, TurnStatus, User
from conversations.turns.finish import Ending, finish
from conversations.turns.start import Sending, start_turn

ADDRESS = "/admin/conversations/turn/"


@pytest.fixture
def failed(alice: User) -> Turn:
    """Alice asked with words that nobody may read, and no request was even made."""
    turn = start_turn(alice, Sending(uuid4(), "canary words", "claude-opus-5-5"), None)
    words = [{"type": "text", "text": "canary answer"}]
    finish(turn.pk, Ending(TurnStatus.FAILED, "attachment", "An image is gone.", words, (), None, ""), fence=0)
    return turn


def test_an_admin_finds_a_failure_by_the_reference_that_the_person_saw(
    alice_client: Client, cleo_client: Client, failed: Turn
) -> None:
    reference = f"message-{failed.answer_id}"
    assert reference in alice_client.get(f"/c/{failed.conversation_id}/").text

    page = cleo_client.get(ADDRESS, {"q": reference}).text

    assert "alice" in page
    assert "attachment" in page


def test_another_reference_finds_nothing(cleo_client: Client, failed: Turn) -> None:
    assert "0 turns" in cleo_client.get(ADDRESS, {"q": f"message-{failed.answer_id + 1}"}).text
    assert "0 turns" in cleo_client.get(ADDRESS, {"q": "message-99999999999999999999"}).text


def test_no_words_are_shown(cleo_client: Client, failed: Turn) -> None:
    for address in (ADDRESS, f"{ADDRESS}{failed.pk}/change/"):
        assert "canary" not in cleo_client.get(address).text


@pytest.mark.parametrize("lookup", ["answer__content__icontains", "question__content__icontains"])
def test_words_cannot_be_spelled_out_by_a_filter(cleo_client: Client, failed: Turn, lookup: str) -> None:
    assert cleo_client.get(ADDRESS, {lookup: "canary"}).status_code == 400


def test_nobody_changes_or_deletes_a_turn(cleo_client: Client, failed: Turn) -> None:
    assert cleo_client.get(f"{ADDRESS}{failed.pk}/delete/").status_code == 403
    assert cleo_client.get(f"{ADDRESS}add/").status_code == 403


def test_somebody_who_is_no_staff_is_sent_away(alice_client: Client, failed: Turn) -> None:
    assert alice_client.get(ADDRESS).status_code in (302, 403)
