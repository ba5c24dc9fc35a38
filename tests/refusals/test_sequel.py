"""What happened after a refusal is told from the rows, and staff see it without a word of the chat."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import RefusalEvent, Sequel, Turn, UsageEntry
from tests.refusals.declining import HTMX, answered, asked, declined

LIST = "/admin/conversations/refusalevent/"


@pytest.fixture
def refused(alice_client: Client) -> Turn:
    return declined(asked(alice_client, "First?"))


def sequels() -> list[str]:
    """Oldest refusal first."""
    events: list[Any] = list(RefusalEvent.objects.with_sequel().order_by("pk"))
    return [event.sequel for event in events]


def sequel() -> str:
    return sequels()[0]


def test_at_first_nothing_and_after_an_hour_it_was_given_up(refused: Turn) -> None:
    assert sequel() == Sequel.OPEN

    RefusalEvent.objects.update(at=timezone.now() - timedelta(hours=2))

    assert sequel() == Sequel.GAVE_UP


@pytest.mark.parametrize("has_gone_on_before", [False, True])
def test_an_edited_question_is_rephrased(alice_client: Client, has_gone_on_before: bool) -> None:
    before = answered(asked(alice_client)).conversation if has_gone_on_before else None
    turn = declined(asked(alice_client, "First?", before))

    answered(asked(alice_client, "Second?", turn.conversation, edits=turn.question_id))

    assert sequel() == Sequel.REPHRASED


def test_another_chat_of_the_same_person_is_no_sequel(alice_client: Client, refused: Turn) -> None:
    answered(asked(alice_client, "Second?"))

    assert sequel() == Sequel.OPEN


def test_another_model_was_asked(alice_client: Client, refused: Turn) -> None:
    address = f"/c/{refused.conversation_id}/messages/{refused.answer_id}/retry/"
    alice_client.post(address, {"model": "claude-sonnet-5-5"}, headers=HTMX)

    assert sequel() == Sequel.OTHER_MODEL
    declined(Turn.objects.latest("pk"))
    assert sequels() == [Sequel.OTHER_MODEL, Sequel.OPEN]


def test_a_next_question_goes_on(alice_client: Client, refused: Turn) -> None:
    answered(asked(alice_client, "Something else?", refused.conversation))

    assert sequel() == Sequel.WENT_ON


def test_a_later_request_of_the_same_turn_is_the_sites_own(refused: Turn) -> None:
    (entry,) = refused.attempts.all()
    UsageEntry.objects.create(turn=refused, attempt=2, asked_model="claude-sonnet-5-5")

    assert entry.attempt == 1
    assert sequel() == Sequel.FELL_BACK


def test_of_a_deleted_chat_nothing_is_known(refused: Turn) -> None:
    refused.conversation.delete()

    assert sequel() == Sequel.DELETED


def test_staff_see_and_filter_what_happened_next(alice_client: Client, cleo_client: Client, refused: Turn) -> None:
    asked(alice_client, "Second?", refused.conversation, edits=refused.question_id)
    event = RefusalEvent.objects.get()

    assert "Rephrased" in cleo_client.get(f"{LIST}{event.pk}/change/").text
    assert f"/{event.pk}/change/" in cleo_client.get(f"{LIST}?next=rephrased").text
    assert f"/{event.pk}/change/" not in cleo_client.get(f"{LIST}?next=gave_up").text


def test_staff_see_and_filter_what_was_reported(alice_client: Client, cleo_client: Client, refused: Turn) -> None:
    event = RefusalEvent.objects.get()
    assert f"/{event.pk}/change/" in cleo_client.get(f"{LIST}?reported=no").text

    address = f"/c/{refused.conversation_id}/messages/{refused.answer_id}/report/"
    alice_client.post(address, {"note": "Only sailing."}, headers=HTMX)

    assert f"/{event.pk}/change/" in cleo_client.get(f"{LIST}?reported=yes").text
    assert f"/{event.pk}/change/" not in cleo_client.get(f"{LIST}?reported=no").text
    assert "Only sailing." in cleo_client.get(f"{LIST}{event.pk}/change/").text
