"""The chore of alerts: look for signs, raise what is new, clear what is over, and send what is due."""

from datetime import timedelta

from django.db import transaction

from conversations.alerts import signs
from conversations.alerts.sending import send_due
from conversations.alerts.standing import clear_alert, raise_alert
from conversations.models import Alert, AlertKind, Chore
from conversations.roster.database import in_database

LOOK_EVERY = timedelta(seconds=15)


async def watch() -> None:
    """What this process is to do now. Any process sends; one looks."""
    await in_database(_look_if_due)()
    await send_due()


def look() -> None:
    standing = set(Alert.objects.standing().values_list("kind", "subject"))
    _settle(AlertKind.OUTAGE, signs.outages(), standing)
    _settle(AlertKind.ERRORS, signs.errors(stands=(AlertKind.ERRORS, "") in standing), standing)
    _settle(AlertKind.REFUSALS, signs.refusals(stands=(AlertKind.REFUSALS, "") in standing), standing)
    _settle(AlertKind.BATCH, signs.batches(), standing)
    _settle(AlertKind.MODEL, signs.models(), standing)
    _settle(AlertKind.BUDGET, signs.budgets(), standing)


@transaction.atomic
def _settle(kind: AlertKind, found: signs.Signs, standing: set[tuple[str, str]]) -> None:
    for subject, says in found.items():
        raise_alert(kind, subject=subject, says=says)
    for stood, subject in standing:
        if stood == kind and subject not in found:
            clear_alert(kind, subject=subject)


def _look_if_due() -> None:
    if Chore.objects.take("alerts", hold=LOOK_EVERY):
        look()
