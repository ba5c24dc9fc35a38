"""What raises an alert by itself, and what ends it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from conversations.alerts.watch import look
from conversations.claude.access import access_print
from conversations.claude.events import Refused
from conversations.models import Alert, AlertKind, Batch, BatchState, ClaudeModel, Outage, Purpose, User
from tests.usage.attempts import OPUS, attempt, booked

pytestmark = pytest.mark.django_db


def standing(kind: AlertKind) -> list[str]:
    """What is said of each that stands, after a look."""
    look()
    return list(Alert.objects.standing().filter(kind=kind).values_list("says", flat=True))


def asked(person: User, count: int, *, at: datetime | None = None, reason: str = "", refused: bool = False) -> None:
    for _ in range(count):
        ended = attempt(reason=reason, stop_reason="refusal" if refused else "end_turn")
        booked(person, ended, at=at, refused=Refused("cyber", None, after_text=False) if refused else None)


def test_a_site_on_which_all_is_well_raises_nothing(alice: User) -> None:
    asked(alice, 10)
    look()

    assert not Alert.objects.exists()


def test_many_failed_requests_are_an_alert_until_their_share_has_halved(alice: User, settings: Any) -> None:
    settings.ALERT_ERROR_PERCENT = 50
    asked(alice, 4)
    asked(alice, 4, reason="overloaded")
    assert standing(AlertKind.ERRORS) == []

    asked(alice, 2, reason="api_error")
    assert standing(AlertKind.ERRORS) == ["6 of 10 requests of the last 15 minutes failed (60 %)."]
    asked(alice, 10)
    assert standing(AlertKind.ERRORS) == ["6 of 20 requests of the last 15 minutes failed (30 %)."]
    asked(alice, 4)
    assert standing(AlertKind.ERRORS) == []
    assert Alert.objects.count() == 1


def test_old_failures_and_stops_are_no_alarm(alice: User) -> None:
    asked(alice, 20, reason="overloaded", at=timezone.now() - timedelta(minutes=16))
    asked(alice, 20, reason="stopped")

    assert standing(AlertKind.ERRORS) == []


def test_twice_as_many_refusals_as_in_the_week_before_are_an_alert(alice: User) -> None:
    before = timezone.now() - timedelta(days=3)
    asked(alice, 57, at=before)
    asked(alice, 3, at=before, refused=True)
    asked(alice, 45)
    asked(alice, 4, refused=True)
    assert standing(AlertKind.REFUSALS) == []

    asked(alice, 2, refused=True)
    [says] = standing(AlertKind.REFUSALS)

    assert says == "Claude declined 11.8 % of the requests of the last day, and 5.0 % before."


def test_a_new_site_has_nothing_to_compare_its_refusals_with(alice: User) -> None:
    asked(alice, 20, refused=True)

    assert standing(AlertKind.REFUSALS) == []


def test_that_claude_denies_access_is_an_alert_for_as_long_as_it_does(db: None) -> None:
    Outage.objects.create(
        access=access_print(), reason="billing", status=402, request_id="req_7", next_probe_at=timezone.now()
    )
    [says] = standing(AlertKind.OUTAGE)
    assert "billing (HTTP 402)" in says
    assert "req_7" in says

    Outage.objects.all().delete()
    assert standing(AlertKind.OUTAGE) == []


def test_an_outage_of_another_key_is_nobodys_alarm(db: None) -> None:
    Outage.objects.create(access="another", reason="billing", next_probe_at=timezone.now())

    assert standing(AlertKind.OUTAGE) == []


def test_a_failed_batch_is_an_alert_until_it_is_tried_again(cleo: User) -> None:
    batch = Batch.objects.create(
        person=cleo,
        purpose=Purpose.BATCH,
        model=OPUS,
        max_tokens=9,
        state=BatchState.FAILED,
        reason="invalid_request",
        ended_at=Now(),
    )
    [says] = standing(AlertKind.BATCH)
    assert says == f"The API did not accept a batch of {OPUS}: invalid_request. Nothing was charged."
    assert Alert.objects.get().subject == str(batch.pk)

    Batch.objects.update(state=BatchState.QUEUED)
    assert standing(AlertKind.BATCH) == []


def test_an_offered_model_that_retires_within_a_month_is_an_alert(db: None) -> None:
    retires = timezone.now() + timedelta(days=9)
    ClaudeModel.objects.create(
        pk="claude-sonnet-4-5",
        display_name="Claude Sonnet 4.5",
        lifecycle="deprecated",
        retires_at=retires,
        seen_at=timezone.now(),
        offered=True,
    )
    [says] = standing(AlertKind.MODEL)
    assert says.startswith(f"Claude Sonnet 4.5 retires on {retires:%-d %B %Y} and is still offered.")
    assert "answers in its place" in says

    ClaudeModel.objects.update(offered=False)
    assert standing(AlertKind.MODEL) == []


def test_a_model_with_time_left_is_no_alert(db: None) -> None:
    ClaudeModel.objects.create(
        pk=OPUS,
        display_name="Claude Opus 5.5",
        lifecycle="deprecated",
        retires_at=timezone.now() + timedelta(days=60),
        seen_at=timezone.now(),
        offered=True,
    )

    assert standing(AlertKind.MODEL) == []
