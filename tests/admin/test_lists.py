"""What staff do with the lists: find an error by its reference, review refusals, see what people used."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations.claude.events import Refused, TokenCounts
from conversations.models import Conversation, RefusalEvent, ReviewState, User
from tests.admin.conftest import Chat, StaffWith
from tests.usage.attempts import HAIKU, OPUS, attempt, booked

LEDGER = "/admin/conversations/usageentry/"
REFUSALS = "/admin/conversations/refusalevent/"
PEOPLE = "/admin/conversations/user/"


@pytest.fixture
def failed(alice: User) -> str:
    """The request id of an attempt of alice's that failed, among others that did not."""
    booked(alice, attempt(request_id="req_fine"))
    booked(alice, attempt(request_id="req_stopped", stop_reason="", reason="stopped", estimated=True))
    booked(
        alice, attempt(TokenCounts(), request_id="req_overloaded", stop_reason="", reason="overloaded", billed=False)
    )
    return "req_overloaded"


@pytest.mark.parametrize("search", ["req_overloaded", "overloaded"])
def test_an_error_is_found_by_its_request_id(cleo_client: Client, failed: str, search: str) -> None:
    page = cleo_client.get(f"{LEDGER}?q={search}").text

    assert failed in page
    assert "req_fine" not in page


def test_an_error_is_found_by_the_reference_of_its_answer(cleo_client: Client, failed: str, chat: Chat) -> None:
    page = cleo_client.get(f"{LEDGER}?q=message-{chat.answer.pk}").text

    assert "req_chat" in page
    assert failed not in page


def test_a_row_is_found_by_its_person_also_when_they_are_gone(cleo_client: Client, failed: str, alice: User) -> None:
    assert failed in cleo_client.get(f"{LEDGER}?q=alice").text

    was_called = alice.pseudonym
    alice.delete()

    assert failed not in cleo_client.get(f"{LEDGER}?q=alice").text
    page = cleo_client.get(f"{LEDGER}?q={was_called}").text
    assert failed in page
    assert was_called in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("wrong=any", ["req_overloaded"]),
        ("wrong=nothing", ["req_fine", "req_stopped"]),
        ("wrong=overloaded", ["req_overloaded"]),
        ("billed__exact=0", ["req_overloaded"]),
        ("estimated__exact=1", ["req_stopped"]),
        ("stop_reason=end_turn", ["req_fine"]),
        ("purpose__exact=answer", ["req_fine", "req_overloaded", "req_stopped"]),
    ],
)
def test_the_ledger_is_narrowed(cleo_client: Client, failed: str, query: str, shown: list[str]) -> None:
    page = cleo_client.get(f"{LEDGER}?{query}").text

    assert [name for name in ("req_fine", "req_overloaded", "req_stopped") if name in page] == shown


def test_the_ledger_is_narrowed_to_a_person(cleo_client: Client, failed: str, ben: User, alice: User) -> None:
    booked(ben, attempt(request_id="req_bens"))

    page = cleo_client.get(f"{LEDGER}?person={ben.pk}").text

    assert "req_bens" in page
    assert failed not in page
    assert cleo_client.get(f"{LEDGER}?person=nobody").status_code == 200


def test_a_row_shows_its_exact_cost_and_the_price_behind_it(cleo_client: Client, alice: User) -> None:
    entry = booked(alice, attempt(TokenCounts(cache_write_5m=1), model=HAIKU))

    page = cleo_client.get(f"{LEDGER}{entry.pk}/change/").text

    assert "$0.0000001250" in page
    assert "cache write 5m: 0.125" in page


def test_an_empty_list_says_what_will_appear(cleo_client: Client) -> None:
    assert "Every request to Claude appears here" in cleo_client.get(LEDGER).text
    assert "When Claude declines" in cleo_client.get(REFUSALS).text
    assert "Nothing matches." in cleo_client.get(f"{LEDGER}?q=nothing").text


def test_a_refusal_is_reviewed_in_the_list(cleo_client: Client, chat: Chat) -> None:
    form = {
        "form-TOTAL_FORMS": "1",
        "form-INITIAL_FORMS": "1",
        "form-0-id": str(chat.refusal.pk),
        "form-0-state": "false_alarm",
        "_save": "Save",
    }

    cleo_client.post(REFUSALS, form)

    chat.refusal.refresh_from_db()
    assert chat.refusal.state == ReviewState.FALSE_ALARM


@pytest.mark.parametrize("state", ReviewState)
def test_many_refusals_are_marked_at_once(cleo_client: Client, chat: Chat, state: ReviewState) -> None:
    RefusalEvent.objects.update(state=ReviewState.POLICY if state == ReviewState.NEW else ReviewState.NEW)

    response = cleo_client.post(
        REFUSALS, {"action": f"mark_{state}", "_selected_action": [chat.refusal.pk]}, follow=True
    )

    assert RefusalEvent.objects.get().state == state
    assert f"1 marked as {state.label.lower()}." in response.text


def test_whoever_may_only_look_cannot_mark_refusals(staff_with: StaffWith, chat: Chat) -> None:
    client = staff_with("view_refusalevent")

    page = client.get(REFUSALS).text
    client.post(REFUSALS, {"action": "mark_resolved", "_selected_action": [chat.refusal.pk]})

    assert "mark_resolved" not in page
    assert RefusalEvent.objects.get().state == ReviewState.NEW


def test_only_the_state_of_a_refusal_can_be_changed(cleo_client: Client, chat: Chat) -> None:
    form = {"state": "resolved", "category": "mine", "explanation": "mine", "after_text": "on", "model": "mine"}
    form |= {"notes-TOTAL_FORMS": "0", "notes-INITIAL_FORMS": "0"}

    cleo_client.post(f"{REFUSALS}{chat.refusal.pk}/change/", form)

    event = RefusalEvent.objects.get()
    assert (event.state, event.category, event.model) == ("resolved", "cyber", OPUS)
    assert cleo_client.post(f"{REFUSALS}{chat.refusal.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(
    ("query", "is_shown"),
    [("state__exact=new", True), ("state__exact=policy", False), ("category=cyber", True), ("category=bio", False)],
)
def test_refusals_are_narrowed(cleo_client: Client, chat: Chat, query: str, is_shown: bool) -> None:
    assert ("It may touch on attacks." in cleo_client.get(f"{REFUSALS}?{query}").text) == is_shown


def test_a_refusal_says_what_was_billed(cleo_client: Client, alice: User) -> None:
    booked(alice, attempt(billed=False), refused=Refused("cyber", None, after_text=False))
    assert "not billed" in cleo_client.get(REFUSALS).text

    booked(alice, attempt(TokenCounts(input=1000)), refused=Refused("bio", None, after_text=True))
    page = cleo_client.get(REFUSALS).text
    assert "$0.0040" in page
    assert "after some text" in page


def test_people_are_shown_with_this_month_and_all_of_it(cleo_client: Client, alice: User) -> None:
    tokens = TokenCounts(input=600, cache_write_5m=100, cache_write_1h=100, cache_read=100, output=100)
    booked(alice, attempt(tokens))
    booked(alice, attempt(tokens), at=timezone.now() - timedelta(days=40))

    for address in (PEOPLE, f"{PEOPLE}{alice.pk}/change/"):
        page = cleo_client.get(address).text
        assert "$0.0057" in page  # 2400 + 500 + 800 + 20 + 2000 millionths
        assert "$0.0114" in page
        assert "1.0k" in page
        assert "2.0k" in page
        assert f"/usageentry/report/?from={timezone.localdate().year}-01-01" in page


def test_people_are_sorted_by_what_they_cost(cleo_client: Client, alice: User, ben: User) -> None:
    booked(ben)

    page = cleo_client.get(f"{PEOPLE}?o=-6").text  # cost this month

    assert page.index(">ben</a>") < page.index(">alice</a>")


def test_an_account_is_added_and_gets_a_new_password(cleo_client: Client) -> None:
    new = {"username": "alice", "email": "alice@example.com", "usable_password": "true"}
    cleo_client.post(f"{PEOPLE}add/", new | {"password1": "a fine pass phrase", "password2": "a fine pass phrase"})
    alice = User.objects.get(username="alice")
    assert alice.check_password("a fine pass phrase")

    again = {"password1": "another pass phrase", "password2": "another pass phrase", "usable_password": "true"}
    cleo_client.post(f"{PEOPLE}{alice.pk}/password/", again)

    alice.refresh_from_db()
    assert alice.check_password("another pass phrase")


def test_the_overview_counts_today_and_this_month(cleo_client: Client, alice: User, failed: str) -> None:
    booked(alice, refused=Refused("bio", None, after_text=True))
    booked(alice, at=timezone.now() - timedelta(days=70))

    page = " ".join(cleo_client.get("/admin/").text.split())

    def shown(name: str, value: str) -> int:
        tile = page.partition(f">{name}</h3>")[2].partition("</li>")[0]
        return tile.count(f">{value}</span>") + tile.count(f">{value} this month<")

    assert shown("Requests", "4") == 2
    assert shown("Cost", "$0.042") == 2  # three of 1000 tokens in and 500 out; the failed one was free
    assert shown("Active people", "1") == 2
    assert shown("Refusals", "1") == 2
    assert shown("Failed requests", "1") == 2
    assert f"Last 30 days: $0.042 at most, on {timezone.now():%-d %B}" in page
    assert "Refusals to review: 1" in page


def test_the_links_of_the_overview_lead_to_what_they_count(cleo_client: Client, alice: User, failed: str) -> None:
    response: Any = cleo_client.get("/admin/")

    links = [figure.url for tile in response.context["tiles"] for figure in (tile.today, tile.month)]
    assert all(cleo_client.get(link).status_code == 200 for link in links)
    went_wrong = cleo_client.get(links[-1]).text
    assert failed in went_wrong
    assert "req_fine" not in went_wrong


@pytest.mark.parametrize("address", [LEDGER, REFUSALS, PEOPLE, "/admin/conversations/conversation/", "/admin/"])
def test_the_number_of_queries_does_not_grow_with_the_rows(cleo_client: Client, address: str) -> None:
    def add(name: str) -> None:
        person = User.objects.create_user(name)
        conversation = Conversation.objects.create(owner=person, model=OPUS)
        refused = Refused("cyber", None, after_text=False)
        booked(person, attempt(stop_reason="refusal"), conversation=conversation, refused=refused)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert cleo_client.get(address).status_code == 200
        return len(captured)

    add("first")
    with_one = queries()
    for number in range(10):
        add(f"more-{number}")

    assert queries() == with_one


def test_the_admin_wears_the_theme_that_its_reader_chose(cleo_client: Client, cleo: User) -> None:
    assert "data-theme" not in cleo_client.get("/admin/").text.split("<head>")[0]

    User.objects.filter(pk=cleo.pk).update(theme="dark")

    assert 'data-theme="dark"' in cleo_client.get("/admin/").text.split("<head>")[0]
