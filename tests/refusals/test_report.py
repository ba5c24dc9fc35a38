"""POST /c/<uuid>/messages/<id>/report/: a person tells the admin that a refusal was wrong."""

from typing import Any

import pytest
from django.test import Client

from conversations.models import RefusalEvent, Turn
from conversations.models.refusals import NOTE_LENGTH
from conversations.wire import topics
from tests.refusals.declining import HTMX, answered, asked, declined


@pytest.fixture
def refused(alice_client: Client) -> Turn:
    return declined(asked(alice_client))


def report(client: Client, turn: Turn, **fields: str) -> int:
    address = f"/c/{turn.conversation_id}/messages/{turn.answer_id}/report/"
    return client.post(address, fields, headers=HTMX).status_code


def card(client: Client, turn: Turn) -> str:
    page = client.get(f"/c/{turn.conversation_id}/").text
    return page[page.index('data-ending="refused"') : page.index("</article>", page.index('data-ending="refused"'))]


def test_one_click_reports_it_once(alice_client: Client, refused: Turn) -> None:
    assert "Report to admin" in card(alice_client, refused)

    assert report(alice_client, refused) == 204
    first = RefusalEvent.objects.get().reported_at
    assert report(alice_client, refused) == 204

    assert first is not None
    assert RefusalEvent.objects.get().reported_at == first
    shown = card(alice_client, refused)
    assert "Reported to the admin." in shown
    assert "Report to admin" not in shown


def test_a_note_may_follow_and_stays(alice_client: Client, refused: Turn) -> None:
    report(alice_client, refused)

    report(alice_client, refused, note="It was about sailing.")
    report(alice_client, refused, note="Something else.")

    assert RefusalEvent.objects.get().report_note == "It was about sailing."
    shown = card(alice_client, refused)
    assert "Reported to the admin, with your note." in shown
    assert "<form" not in shown[shown.index('class="report"') :]


def test_a_note_that_is_too_long_is_not_cut(alice_client: Client, refused: Turn) -> None:
    assert report(alice_client, refused, note="x" * (NOTE_LENGTH + 1)) == 422

    assert RefusalEvent.objects.get().reported_at is None


def test_every_window_is_told_in_a_revision_of_its_own(
    alice_client: Client, refused: Turn, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = refused.conversation.revision
    sent: list[topics.Fragment] = []
    monkeypatch.setattr(topics.fragments, "publish", lambda fragment, key: sent.append(fragment))

    with django_capture_on_commit_callbacks(execute=True):
        report(alice_client, refused)
        report(alice_client, refused)

    refused.conversation.refresh_from_db()
    (fragment,) = sent
    assert fragment.revision == refused.conversation.revision > before
    assert f'id="message-{refused.answer_id}-report" hx-swap-oob="true"' in fragment.html
    assert "Reported to the admin." in fragment.html


def test_without_script_it_goes_back_to_the_chat(alice_client: Client, refused: Turn) -> None:
    response = alice_client.post(f"/c/{refused.conversation_id}/messages/{refused.answer_id}/report/")

    assert (response.status_code, response["Location"]) == (303, f"/c/{refused.conversation_id}/")


def test_only_its_own_person_may_report_and_only_a_refusal(
    alice_client: Client, ben_client: Client, refused: Turn
) -> None:
    fine = answered(asked(alice_client, "And a bay?", refused.conversation))

    assert report(ben_client, refused) == 404
    assert report(alice_client, fine) == 404
    assert RefusalEvent.objects.get().reported_at is None


@pytest.mark.parametrize(
    ("category", "billed", "said"),
    [
        ("cyber", False, ["attacking computers", "Not charged."]),
        ("bio", True, ["dangerous biology", "Charged: $0.00"]),
        ("", False, ["did not name an area", "Not charged."]),
    ],
)
def test_the_card_says_area_false_alarm_and_charge(
    alice_client: Client, category: str, billed: bool, said: list[str]
) -> None:
    shown = card(alice_client, declined(asked(alice_client), category=category, billed=billed))

    for words in ("Claude declined to answer", "can be a false alarm", "Claude Opus 5.5 declined.", *said):
        assert words in shown


def test_what_had_arrived_is_behind_a_disclosure(alice_client: Client) -> None:
    shown = card(alice_client, declined(asked(alice_client), after_text=True))

    hidden = shown[shown.index("<details") : shown.index("</details>")]
    assert "A drowned" in hidden
    assert "not part of the conversation" in hidden
