"""POST /c/<uuid>/messages/<id>/feedback/: thumbs up or down, changed and withdrawn, and what staff see of it."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from conversations.models import Conversation, Feedback, Turn
from conversations.models.feedback import REASON_LENGTH
from conversations.wire import topics
from tests.refusals.declining import HTMX, answered, asked, declined

LIST = "/admin/conversations/feedback/"


@pytest.fixture
def turn(alice_client: Client) -> Turn:
    return answered(asked(alice_client))


def rate(client: Client, turn: Turn, **fields: str) -> int:
    address = f"/c/{turn.conversation_id}/messages/{turn.answer_id}/feedback/"
    return client.post(address, fields, headers=HTMX).status_code


def pressed(client: Client, turn: Turn) -> list[str]:
    """The thumbs that are pressed, in a page loaded anew."""
    page = client.get(f"/c/{turn.conversation_id}/").text
    return re.findall(r'aria-label="(Good answer|Bad answer)"[^>]*aria-pressed="true"', page)


def test_one_click_gives_it_another_changes_it_and_a_third_takes_it_back(alice_client: Client, turn: Turn) -> None:
    assert pressed(alice_client, turn) == []

    assert rate(alice_client, turn, verdict="good") == 204
    assert pressed(alice_client, turn) == ["Good answer"]

    rate(alice_client, turn, verdict="bad")
    assert pressed(alice_client, turn) == ["Bad answer"]

    rate(alice_client, turn)
    rate(alice_client, turn)
    assert pressed(alice_client, turn) == []
    assert not Feedback.objects.exists()


def test_a_reason_is_optional_and_goes_with_its_verdict(alice_client: Client, turn: Turn) -> None:
    rate(alice_client, turn, verdict="bad")
    rate(alice_client, turn, verdict="bad", reason="Too <long>.")

    feedback = Feedback.objects.get()
    assert (feedback.person, feedback.model, feedback.reason) == (turn.asked_by, turn.model, "Too <long>.")
    page = alice_client.get(f"/c/{turn.conversation_id}/").text
    assert 'value="Too &lt;long&gt;."' in page
    assert "Your reason" in page

    rate(alice_client, turn, verdict="good")
    assert Feedback.objects.get().reason == ""


@pytest.mark.parametrize(
    "fields", [{"verdict": "splendid"}, {"verdict": "good", "reason": "x" * (REASON_LENGTH + 1)}], ids=["odd", "long"]
)
def test_what_makes_no_sense_is_refused(alice_client: Client, turn: Turn, fields: dict[str, str]) -> None:
    assert rate(alice_client, turn, **fields) == 422
    assert not Feedback.objects.exists()


def test_a_stranger_cannot_and_it_goes_with_the_chat(alice_client: Client, ben_client: Client, turn: Turn) -> None:
    assert rate(ben_client, turn, verdict="good") == 404
    rate(alice_client, turn, verdict="good")

    turn.conversation.delete()

    assert not Feedback.objects.exists()


def test_a_chat_that_is_erased_as_it_comes_in_is_not_there(alice_client: Client, turn: Turn) -> None:
    def erase(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """As retention would, after the answer was looked up."""
        if sql.startswith('INSERT INTO "conversations_feedback"'):
            Conversation.objects.filter(pk=turn.conversation_id).delete()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(erase):
        assert rate(alice_client, turn, verdict="good") == 404

    assert not Feedback.objects.exists()


def test_a_refusal_is_reported_and_not_rated(alice_client: Client) -> None:
    turn = declined(asked(alice_client), after_text=True)

    assert "Good answer" not in alice_client.get(f"/c/{turn.conversation_id}/").text


def test_every_window_is_told(
    alice_client: Client, turn: Turn, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[topics.Fragment] = []
    monkeypatch.setattr(topics.fragments, "publish", lambda fragment, key: sent.append(fragment))

    with django_capture_on_commit_callbacks(execute=True):
        rate(alice_client, turn, verdict="good")
        rate(alice_client, turn)
        rate(alice_client, turn)

    given, taken = sent
    assert taken.revision == given.revision + 1
    assert f'id="message-{turn.answer_id}-feedback" hx-swap-oob="true"' in given.html
    assert given.html.count('aria-pressed="true"') == 1
    assert taken.html.count('aria-pressed="true"') == 0


def test_without_script_it_goes_back_to_the_chat(alice_client: Client, turn: Turn) -> None:
    address = f"/c/{turn.conversation_id}/messages/{turn.answer_id}/feedback/"

    assert alice_client.post(address, {"verdict": "good"}).status_code == 303
    assert pressed(alice_client, turn) == ["Good answer"]


def test_staff_see_verdict_and_reason_and_no_words(alice_client: Client, cleo_client: Client, turn: Turn) -> None:
    rate(alice_client, turn, verdict="bad", reason="Too long.")

    page = cleo_client.get(f"{LIST}?verdict__exact=bad").text

    for words in ("alice", "claude-opus-5-5", "Bad answer", "Too long.", str(turn.conversation_id)):
        assert words in page
    assert "A drowned" not in page
    assert "Nothing matches" in cleo_client.get(f"{LIST}?verdict__exact=good").text
    assert cleo_client.get(f"{LIST}?answer__content__icontains=drowned").status_code == 400


def test_the_report_counts_by_model_and_day(alice_client: Client, cleo_client: Client, turn: Turn) -> None:
    other = answered(asked(alice_client, "And a bay?", turn.conversation))
    sonnet = answered(asked(alice_client, "And a sound?", turn.conversation, model="claude-sonnet-5-5"))
    for rated, verdict in ((turn, "good"), (other, "bad"), (sonnet, "good")):
        rate(alice_client, rated, verdict=verdict)
    Feedback.objects.filter(answer=other.answer).update(at=datetime(2026, 3, 2, 12, tzinfo=UTC))

    assert Feedback.objects.all().tally("model") == [
        {"model": "claude-opus-5-5", "good": 1, "bad": 1, "good_percent": 50},
        {"model": "claude-sonnet-5-5", "good": 1, "bad": 0, "good_percent": 100},
    ]
    page = cleo_client.get(f"{LIST}report/?from=2026-03-01&to=2026-03-31").text
    assert "2026-03-02" in page
    assert "0 %" in page
    assert "claude-sonnet-5-5" not in page
    assert "Nobody rated" in cleo_client.get(f"{LIST}report/?from=2026-02-01&to=2026-02-28").text
    assert cleo_client.get(f"{LIST}report/?from=soon").status_code == 400


def test_the_report_is_for_those_who_may_see_feedback(alice_client: Client) -> None:
    assert alice_client.get(f"{LIST}report/", follow=True).status_code == 403


def test_the_report_draws_verdicts_over_time_and_shows_what_people_wrote(
    alice_client: Client, cleo_client: Client, turn: Turn
) -> None:
    rate(alice_client, turn, verdict="bad", reason="It is <b>too</b> long.")

    page = cleo_client.get(f"{LIST}report/")

    assert [chart.summary for chart in page.context["charts"]] == ["0 in all", "1 in all"]
    assert "It is &lt;b&gt;too&lt;/b&gt; long." in page.text
