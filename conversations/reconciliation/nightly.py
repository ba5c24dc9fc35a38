"""The comparison by itself: each day that is over, some hours later, where there is a key for it."""

from datetime import UTC, date, datetime, timedelta

from conversations.models import Chore, Reconciliation, ReconciliationState, UsageEntry
from conversations.reconciliation.reconcile import CannotReconcile, reconcile, require_key
from conversations.roster.database import in_database

LOOK_EVERY = timedelta(hours=1)
COMPLETE_AFTER = timedelta(hours=2)  # the API says minutes; a batch may be counted later than it was read
LOOK_BACK = 7  # days, so that a site that was down makes up for them


async def reconcile_if_due() -> None:
    """Days that could not be compared are tried again an hour later."""
    try:
        require_key()
        for day in await in_database(_days)():
            await reconcile(day)
    except CannotReconcile:
        return


def _days() -> list[date]:
    """Those to compare now, oldest first; nothing while another process looks."""
    first = UsageEntry.objects.order_by("at").values_list("at", flat=True).first()
    if first is None or not Chore.objects.take("reconciliation", hold=LOOK_EVERY):
        return []
    last = (datetime.now(UTC) - COMPLETE_AFTER).date() - timedelta(days=1)
    days = [last - timedelta(days=ago) for ago in reversed(range(LOOK_BACK))]
    compared = Reconciliation.objects.filter(day__in=days).exclude(state=ReconciliationState.FAILED)
    done = set(compared.values_list("day", flat=True))
    return [day for day in days if day not in done and day >= first.astimezone(UTC).date()]
