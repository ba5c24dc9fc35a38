"""Compare a day of the ledger with what the vendor counted and billed."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, date, datetime, timedelta
from typing import Any

from asgiref.sync import async_to_sync
from django.core.management import BaseCommand, CommandError

from conversations.models import ReconciliationState
from conversations.models.reconciliations import Measure
from conversations.reconciliation.reconcile import CannotReconcile, reconcile, summary

DIFFERS = 2  # the exit status; 1 says that nothing was compared


class Command(BaseCommand):
    help = (
        "Compare a day of the ledger, in UTC, with the Usage & Cost API (ANTHROPIC_ADMIN_KEY), by model and class of "
        "tokens. Exits 2 when a figure differs by more than RECONCILE_TOLERANCE_PERCENT, 1 when nothing was compared."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--day", type=past_day, help="YYYY-MM-DD in UTC; yesterday unless you say so")

    def handle(self, *args: Any, day: date | None, **options: Any) -> None:
        try:
            done = async_to_sync(reconcile)(day or _today() - timedelta(days=1))
        except CannotReconcile as error:
            raise CommandError(str(error)) from error
        for line in done.lines.order_by("model", "pk"):
            mark = "≠" if line.is_outside else "="
            facts = (line.model or "(no model)", Measure(line.measure).label, f"{line.ours:f}", f"{line.theirs:f}")
            self.stdout.write("{:1} {:24} {:26} {:>24} {:>24}".format(mark, *facts))
        if done.state == ReconciliationState.DIFFERS:
            raise CommandError(summary(done), returncode=DIFFERS)
        self.stdout.write(summary(done))


def past_day(given: str) -> date:
    try:
        day = date.fromisoformat(given)
    except ValueError:
        raise ArgumentTypeError(f"{given!r} is not a day such as 2026-11-20") from None
    if day > _today():
        raise ArgumentTypeError(f"{given} has not begun")
    return day


def _today() -> date:
    return datetime.now(UTC).date()
