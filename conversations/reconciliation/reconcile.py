"""Compare a day, write down what came of it, and raise an alert where the accounts differ."""

import logging
from dataclasses import asdict
from datetime import date

from django.conf import settings
from django.db import transaction

from conversations.alerts.standing import clear_alert, raise_alert
from conversations.claude.access import is_denied
from conversations.claude.bill import Bill, bill_of
from conversations.claude.errors import ClaudeError
from conversations.models import AlertKind, Reconciliation, ReconciliationLine, ReconciliationState
from conversations.reconciliation.accounts import estimated_requests, ledgers, vendors
from conversations.reconciliation.compare import compare
from conversations.roster.database import in_database
from conversations.usage.numbers import usd

log = logging.getLogger(__name__)

KEY = "key"  # the subject of the alert that the vendor refuses it


class CannotReconcile(Exception):
    """`str()` says why, and what to do."""


def require_key() -> None:
    """Raises CannotReconcile where there is nothing to compare with."""
    if settings.CLAUDE_PROVIDER != "anthropic":
        raise CannotReconcile(f"The provider is {settings.CLAUDE_PROVIDER}, which the Claude API does not bill.")
    if not settings.ANTHROPIC_ADMIN_KEY:
        raise CannotReconcile(
            "ANTHROPIC_ADMIN_KEY is not set. An admin of the organisation makes one (sk-ant-admin…) in the vendor's "
            "console."
        )


async def reconcile(day: date) -> Reconciliation:
    """Raises CannotReconcile, also after the vendor did not tell; that is written down too."""
    require_key()
    try:
        bill = await bill_of(day)
    except ClaudeError as error:
        await in_database(_note_fault)(day, error.reason)
        raise CannotReconcile(_advice(error.reason)) from error
    return await in_database(_keep)(day, bill)


@transaction.atomic
def _keep(day: date, bill: Bill) -> Reconciliation:
    lines = compare(ledgers(day), vendors(bill), tolerance_percent=settings.RECONCILE_TOLERANCE_PERCENT)
    differs = any(line.is_outside for line in lines)
    facts = {
        "state": ReconciliationState.DIFFERS if differs else ReconciliationState.AGREES,
        "fault": "",
        "tolerance_percent": settings.RECONCILE_TOLERANCE_PERCENT,
        "estimated_requests": estimated_requests(day),
    }
    done, _ = Reconciliation.objects.update_or_create(day=day, defaults=facts)
    done.lines.all().delete()
    ReconciliationLine.objects.bulk_create([ReconciliationLine(reconciliation=done, **asdict(line)) for line in lines])
    clear_alert(AlertKind.RECONCILIATION, subject=KEY)
    if differs:
        raise_alert(AlertKind.RECONCILIATION, subject=str(day), says=summary(done))
    else:
        clear_alert(AlertKind.RECONCILIATION, subject=str(day))
    log.info("day reconciled", extra={"day": str(day), "state": str(done.state)})
    return done


def summary(done: Reconciliation) -> str:
    lines = list(done.lines.all())
    outside = sum(line.is_outside for line in lines)
    figures = f"{outside} of {len(lines)} figures differ by more than {done.tolerance_percent} %."
    return f"{done.day}: the ledger says {usd(done.ours_usd)}, the vendor {usd(done.theirs_usd)}. {figures}"


def _note_fault(day: date, reason: str) -> None:
    """Of a day that was compared before, that stays."""
    facts = {"state": ReconciliationState.FAILED, "fault": reason}
    done, is_new = Reconciliation.objects.get_or_create(day=day, defaults=facts)
    if not is_new and done.state == ReconciliationState.FAILED:
        Reconciliation.objects.filter(pk=done.pk).update(fault=reason)
    if is_denied(reason):
        raise_alert(AlertKind.RECONCILIATION, subject=KEY, says=_advice(reason))
    log.warning("day not reconciled", extra={"day": str(day), "reason": reason})


def _advice(reason: str) -> str:
    match reason:
        case "unauthorized":
            return "The API does not accept ANTHROPIC_ADMIN_KEY. It takes a key of its own kind (sk-ant-admin…)."
        case "model_not_found":
            return "There is no Usage & Cost API at the address of ANTHROPIC_BASE_URL."
    return f"The API did not tell what it billed: {reason}. Try again later."
