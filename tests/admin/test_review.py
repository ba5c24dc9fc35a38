"""The review queue: states, who looks at it, notes, keys, and that two reviewers do not undo one another."""

from typing import Any

import pytest
from django.db import connection, models
from django.test import Client

from conversations.admin.review import KEYS
from conversations.claude.events import Refused
from conversations.models import AuditEntry, PeopleGroup, RefusalEvent, RefusalNote, ReviewState, UsageEntry, User
from tests.admin.conftest import Chat, StaffWith
from tests.usage.attempts import attempt, booked

ADDRESS = "/admin/conversations/refusalevent/"
MANY = 2000


@pytest.fixture
def review(chat: Chat) -> str:
    return f"{ADDRESS}{chat.refusal.pk}/review/"


def state_of(chat: Chat) -> str:
    return RefusalEvent.objects.get(pk=chat.refusal.pk).state


def test_each_state_has_a_key_of_its_own() -> None:
    assert set(KEYS) == set(ReviewState)
    assert len(set(KEYS.values()) - set("jkmo")) == len(ReviewState)


@pytest.mark.parametrize("state", set(ReviewState) - {ReviewState.NEW}, ids=str)
def test_a_key_marks_a_refusal_and_tells_the_log(cleo_client: Client, chat: Chat, review: str, state: str) -> None:
    response = cleo_client.post(review, {"state": state, "was": "new"}, headers={"HX-Request": "true"})

    assert response.status_code == 204
    assert state_of(chat) == state
    row = AuditEntry.objects.latest("number")
    assert (row.object_type, row.facts) == ("conversations.refusalevent", {"fields": {"state": ["new", state]}})


def test_whoever_saw_an_older_state_is_told_the_newer(cleo_client: Client, chat: Chat, review: str) -> None:
    cleo_client.post(review, {"state": "policy", "was": "new"})

    late = cleo_client.post(review, {"state": "false_alarm", "was": "new"})

    assert (late.status_code, late.text) == (409, "policy")
    assert state_of(chat) == "policy"


@pytest.mark.parametrize("fields", [{}, {"state": "policy"}, {"state": "x", "was": "new"}, {"assignee": "alice"}])
def test_nonsense_changes_nothing(cleo_client: Client, chat: Chat, review: str, fields: dict[str, str]) -> None:
    assert cleo_client.post(review, fields).status_code == 400
    assert cleo_client.get(review).status_code == 405
    assert state_of(chat) == "new"


def test_whoever_may_only_look_has_no_keys(
    staff_with: StaffWith, alice_client: Client, chat: Chat, review: str
) -> None:
    client = staff_with("view_refusalevent")

    assert client.post(review, {"state": "policy", "was": "new"}).status_code == 403
    assert "review-queue" not in client.get(ADDRESS).text
    assert alice_client.post(review, {"state": "policy", "was": "new"}, follow=True).status_code == 403
    assert state_of(chat) == "new"


def test_the_keys_are_written_on_the_page(cleo_client: Client, chat: Chat) -> None:
    page = cleo_client.get(ADDRESS).text

    for state, key in KEYS.items():
        assert f'<kbd data-key="{key}" data-state="{state}">{key}</kbd> {state.label.lower()}' in page


def test_a_refusal_is_somebodys(cleo_client: Client, cleo: User, chat: Chat, review: str) -> None:
    assert "refusal event" in cleo_client.get(f"{ADDRESS}?assignee=nobody").text
    cleo_client.post(review, {"assignee": "me"})

    assert RefusalEvent.objects.get().assignee == cleo
    assert "1 refusal event" in cleo_client.get(f"{ADDRESS}?assignee=me").text
    assert "1 refusal event" in cleo_client.get(f"{ADDRESS}?assignee={cleo.pk}").text
    assert "0 refusal events" in cleo_client.get(f"{ADDRESS}?assignee=nobody").text

    cleo_client.post(review, {"assignee": "nobody"})
    assert RefusalEvent.objects.get().assignee is None

    cleo_client.post(ADDRESS, {"action": "take", "_selected_action": [chat.refusal.pk]})
    assert RefusalEvent.objects.get().assignee == cleo


def test_only_staff_can_be_chosen(cleo_client: Client, cleo: User, alice: User, chat: Chat) -> None:
    page = f"{ADDRESS}{chat.refusal.pk}/change/"
    assert f'<option value="{alice.pk}">alice</option>' not in cleo_client.get(page).text

    cleo_client.post(page, noted("") | {"state": "policy", "assignee": cleo.pk})

    event = RefusalEvent.objects.get()
    assert (event.state, event.assignee) == ("policy", cleo)


def noted(text: str, count: int = 0) -> dict[str, Any]:
    form = {"notes-TOTAL_FORMS": count + 1, "notes-INITIAL_FORMS": count, f"notes-{count}-text": text}
    return form | {"state": "new", "assignee": ""}


def test_notes_say_who_wrote_them_and_when_and_stay(
    cleo_client: Client, cleo: User, alice: User, chat: Chat, staff_with: StaffWith
) -> None:
    page = f"{ADDRESS}{chat.refusal.pk}/change/"
    cleo_client.post(page, noted("A classroom exercise."))
    note = RefusalNote.objects.get()
    assert note.author == cleo

    changed = noted("Another.", 1) | {
        "notes-0-id": note.pk,
        "notes-0-text": "Nobody said that.",
        "notes-0-DELETE": "on",
    }
    cleo_client.post(page, changed)

    assert list(RefusalNote.objects.order_by("pk").values_list("text", flat=True)) == [
        "A classroom exercise.",
        "Another.",
    ]
    shown = cleo_client.get(page).text
    assert f"cleo, {note.at:%Y-%m-%d}" in shown
    assert "classroom" not in str(list(AuditEntry.objects.values()))

    looker = staff_with("view_refusalevent")
    assert "A classroom exercise." in looker.get(page).text
    assert looker.post(page, noted("Mine too.", 2)).status_code == 403


def test_notes_are_not_for_a_group_admin(ben: User) -> None:
    ben.group, ben.is_group_admin, ben.is_staff = PeopleGroup.objects.create(name="Readers"), True, True
    ben.save()
    booked(ben, attempt(stop_reason="refusal"), refused=Refused("bio", None, after_text=False))
    event = RefusalEvent.objects.get()
    RefusalNote.objects.create(event=event, text="Among ourselves.")
    client = Client()
    client.force_login(ben)

    page = client.get(f"{ADDRESS}{event.pk}/change/")

    assert page.status_code == 200
    assert "Among ourselves." not in page.text
    assert client.post(f"{ADDRESS}{event.pk}/review/", {"assignee": "me"}).status_code == 403


def test_the_declined_question_is_one_reason_away(cleo_client: Client, staff_with: StaffWith, chat: Chat) -> None:
    page = f"{ADDRESS}{chat.refusal.pk}/change/"
    reading = f"/admin/conversations/conversation/{chat.conversation.pk}/read/?answer={chat.answer.pk}"

    assert reading in cleo_client.get(page).text
    assert "/read/" not in staff_with("view_refusalevent", "change_refusalevent").get(page).text


@pytest.fixture
def many(chat: Chat, alice: User) -> None:
    """As a busy site has them: nearly all are done."""
    rows: models.QuerySet[UsageEntry] = models.QuerySet(UsageEntry)  # the ledger's own books one by one
    entries = rows.bulk_create(UsageEntry(asked_model="claude-opus-5-5", person=alice) for _ in range(MANY))
    RefusalEvent.objects.bulk_create(
        RefusalEvent(person=alice, usage=each, category="bio", model="claude-opus-5-5", state=ReviewState.RESOLVED)
        for each in entries
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE conversations_refusalevent")


def test_what_is_new_is_found_without_reading_all_that_is_done(many: None) -> None:
    plan = RefusalEvent.objects.filter(state=ReviewState.NEW).order_by("-at")[:50].explain()

    assert "refusals_to_review" in plan


def test_the_queries_of_the_queue_do_not_grow(
    cleo_client: Client, many: None, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(16):
        page = cleo_client.get(f"{ADDRESS}?state__exact=resolved").text

    assert f"{MANY:,} refusal events" in page.replace(f"{MANY} ", f"{MANY:,} ")
