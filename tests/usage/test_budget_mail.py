"""Whom a budget concerns hears once in its period that it runs out."""

from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core import mail

from conversations.alerts.watch import look
from conversations.models import Alert, AlertKind, Budget, BudgetUse, Chore, PeopleGroup, User
from conversations.usage.budget_mail import warn_people
from tests.usage.attempts import attempt, booked

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def with_mail(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def warn() -> list[list[str]]:
    """To whom mails went just now."""
    mail.outbox.clear()
    Chore.objects.all().delete()
    async_to_sync(warn_people)()
    return [message.to for message in mail.outbox]


def set_budget(share: str, cost: Decimal, **facts: Any) -> Budget:
    """Of which this cost is such a share."""
    return Budget.objects.create(limit=(cost / Decimal(share)).quantize(Decimal("0.01")), **facts)


def spend(person: User) -> Decimal:
    """Enough that a limit in whole cents can be such a share of it."""
    return sum((booked(person, attempt(request_id=f"req_{person.pk}_{n}")).cost_usd for n in range(100)), Decimal(0))


def test_the_person_hears_it_once(alice: User) -> None:
    whole = set_budget("0.9", spend(alice), person=alice)
    booked(alice)

    assert warn() == [["alice@example.com"]]
    assert "Your budget for this month is nearly used up" in mail.outbox[0].subject
    assert f"of ${whole.limit}" in mail.outbox[0].body
    assert "/usage/" in mail.outbox[0].body
    assert warn() == []


def test_nobody_hears_of_what_is_not_near(alice: User) -> None:
    set_budget("0.5", spend(alice), person=alice)
    booked(alice)

    assert warn() == []


def test_each_hears_of_their_own(alice: User, ben: User) -> None:
    set_budget("0.9", spend(alice), is_each=True)
    booked(alice)
    booked(ben)

    assert warn() == [["alice@example.com"]]


def test_of_what_a_group_shares_its_admins_hear_and_the_owner_by_an_alert(alice: User, ben: User, cleo: User) -> None:
    group = PeopleGroup.objects.create(name="Interns")
    for person in (alice, ben):
        person.group = group
    ben.is_group_admin = True
    alice.save()
    ben.save()
    set_budget("0.9", spend(alice), group=group)
    booked(alice)

    assert warn() == [["ben@example.com"]]
    look()
    assert "of the budget of the group Interns" in Alert.objects.get(kind=AlertKind.BUDGET).says


def test_of_the_sites_the_owner_hears_by_an_alert_and_nobody_else(alice: User) -> None:
    set_budget("0.9", spend(alice))
    booked(alice)

    assert warn() == []
    look()
    assert "of the budget of the site" in Alert.objects.get(kind=AlertKind.BUDGET).says


def test_without_a_mail_server_nobody_counts_as_told(alice: User, settings: Any) -> None:
    set_budget("0.9", spend(alice), person=alice)
    booked(alice)
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

    assert warn() == []
    assert BudgetUse.objects.get().warned_at is None


def test_what_the_mail_server_refused_is_tried_again(alice: User, settings: Any) -> None:
    set_budget("0.9", spend(alice), person=alice)
    booked(alice)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nobody listens there

    assert warn() == []
    assert BudgetUse.objects.get().warned_at is None
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert warn() == [["alice@example.com"]]
