"""What else people write than messages: no admin page shows it to others, but for the letters that are to the admin."""

from uuid import UUID

import pytest
from django.test import Client

from conversations.models import (
    Batch,
    BatchItem,
    Draft,
    Feedback,
    Fold,
    Message,
    OwnInstructions,
    Purpose,
    RefusalEvent,
    User,
    Verdict,
)
from tests.admin.conftest import CANARY, Chat, StaffWith
from tests.admin.test_words import pages, without_the_search

WORDS = f"{CANARY} of another kind"
LETTER = "Dear admin, this was wrong."


@pytest.fixture
def written(chat: Chat, alice: User) -> Chat:
    """What alice keeps here besides the chat itself, each with a canary."""
    OwnInstructions.objects.create(person=alice, text=WORDS)
    Draft.objects.create(person=alice, text=WORDS, client_id=UUID(int=1), tab=UUID(int=2), edition=1)
    Fold.objects.create(until=chat.answer, summary=WORDS)
    Message.objects.update(follow_ups=[WORDS], advice=WORDS)
    batch = Batch.objects.create(
        person=alice, purpose=Purpose.BATCH, file_name=f"{CANARY}.csv", model="claude-opus-5-5", max_tokens=9
    )
    BatchItem.objects.create(batch=batch, number=1, key=CANARY, system=WORDS, prompt=WORDS, answer=WORDS)
    return chat


def test_no_page_shows_instructions_drafts_summaries_suggestions_or_batches_of_others(
    cleo_client: Client, written: Chat
) -> None:
    for address, page in pages(cleo_client).items():
        assert CANARY not in without_the_search(page), address


def test_somebody_elses_batch_is_not_there_for_a_superuser_either(cleo_client: Client, written: Chat) -> None:
    batch = Batch.objects.get()

    for place in ("change/", "delete/", "results/?format=csv", "results/?format=jsonl"):
        response = cleo_client.get(f"/admin/conversations/batch/{batch.pk}/{place}", follow=True)
        assert CANARY not in response.text


@pytest.mark.parametrize(
    "lookup", ["items__prompt__contains", "file_name__startswith", "person__own_instructions__text"]
)
def test_nor_can_they_be_spelled_out_by_narrowing_a_list(cleo_client: Client, written: Chat, lookup: str) -> None:
    """A batch of somebody else's is outside of the list, whatever it is narrowed by."""
    page = cleo_client.get(f"/admin/conversations/batch/?{lookup}={CANARY}", follow=True)

    assert str(Batch.objects.get().pk) not in page.text


@pytest.mark.parametrize(
    "place", ["user", "usageentry", "turn", "feedback", "refusalevent", "conversation", "auditentry"]
)
@pytest.mark.parametrize(
    "path", ["own_instructions__text", "person__own_instructions__text", "drafts__text", "answer__fold__summary"]
)
def test_nor_by_way_of_any_other_list(cleo_client: Client, written: Chat, place: str, path: str) -> None:
    response = cleo_client.get(f"/admin/conversations/{place}/?{path}__startswith={CANARY}", follow=True)

    assert response.status_code == 400 or "e=1" in response.redirect_chain[-1][0]


def test_letters_to_the_admin_are_for_those_who_may_see_their_list(
    staff_with: StaffWith, chat: Chat, alice: User
) -> None:
    """The forms say that they go to the admin, and no word of the answer goes with them."""
    Feedback.objects.create(
        answer=chat.answer, person=alice, model="claude-opus-5-5", verdict=Verdict.BAD, reason=LETTER
    )
    RefusalEvent.objects.update(report_note=LETTER)
    places = {
        "/admin/conversations/feedback/": "view_feedback",
        f"/admin/conversations/refusalevent/{chat.refusal.pk}/change/": "view_refusalevent",
    }
    for place, right in places.items():
        page = staff_with(right).get(place).text
        assert LETTER in page
        assert CANARY not in page
        others = staff_with("view_user", "view_usageentry", "view_conversation", "view_turn", "view_auditentry")
        assert others.get(place).status_code == 403
        assert all(LETTER not in page for page in pages(others).values())
