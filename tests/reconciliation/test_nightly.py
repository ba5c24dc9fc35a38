"""Where there is a key, days are compared by themselves once they are over, each once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db.models.functions import Now

from conversations.models import Chore, Reconciliation, User
from conversations.reconciliation.nightly import COMPLETE_AFTER, reconcile_if_due
from tests.upstream import Reply
from tests.upstream.bill import Bill
from tests.usage.attempts import booked

pytestmark = pytest.mark.django_db


def night() -> list[date]:
    """An hour later; the days that were compared by now."""
    Chore.objects.update(due_at=Now() - timedelta(seconds=1))
    async_to_sync(reconcile_if_due)()
    return sorted(Reconciliation.objects.filter(fault="").values_list("day", flat=True))


def days_ago(days: int) -> date:
    """Of the last day that is complete, so many before it."""
    return (datetime.now(UTC) - COMPLETE_AFTER).date() - timedelta(days=1 + days)


@pytest.fixture
def used(alice: User) -> None:
    booked(alice, at=datetime.combine(days_ago(2), datetime.min.time(), tzinfo=UTC))


def test_days_since_the_first_request_are_compared_once(used: None, bill: Bill) -> None:
    assert night() == [days_ago(2), days_ago(1), days_ago(0)]
    asked = len(bill.asked)
    assert night() == [days_ago(2), days_ago(1), days_ago(0)]
    assert len(bill.asked) == asked == 6


def test_within_the_hour_nobody_looks_again(used: None, bill: Bill) -> None:
    night()
    Reconciliation.objects.all().delete()
    async_to_sync(reconcile_if_due)()

    assert not Reconciliation.objects.exists()


def test_what_failed_is_made_up_for(used: None, bill: Bill) -> None:
    bill.instead = Reply.error(500, "api_error")
    assert night() == []
    bill.instead = None

    assert len(night()) == 3


def test_without_a_key_or_use_nothing_is_asked(alice: User, bill: Bill, settings: Any) -> None:
    assert night() == []
    booked(alice, at=datetime.now(UTC) - timedelta(days=3))
    settings.ANTHROPIC_ADMIN_KEY = ""

    assert night() == []
    assert bill.asked == []
