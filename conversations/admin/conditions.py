"""How the site is, for the first page of the admin: each part in a line, with where to look."""

from dataclasses import dataclass

from django.conf import settings

from conversations import health
from conversations.admin.recorded import page_of, time_of
from conversations.alerts.standing import ways
from conversations.models import Reconciliation, ReconciliationState
from conversations.roster.sync import last_sync
from conversations.turns import circuit


@dataclass(frozen=True, slots=True)
class Condition:
    name: str
    says: str
    is_well: bool = True
    url: str = ""


def conditions() -> list[Condition]:
    return [*_foundations(), _workers(), *_news(), _claude(), _models(), _bill(), _alerts()]


def _foundations() -> list[Condition]:
    """Those that are not as they should be; the page itself shows that there is a database."""
    faults = [finding for finding in health.foundations() if finding.fault]
    return [Condition(finding.name.replace("_", " ").capitalize(), finding.fault, is_well=False) for finding in faults]


def _workers() -> Condition:
    alive, waiting = health.living_workers(), health.waiting_questions()
    line = f"{alive} alive" if alive else "None alive: nobody answers"
    return Condition("Workers", f"{line}, {_count(waiting, 'question')} waiting", is_well=alive > 0)


def _news() -> list[Condition]:
    return [Condition("Redis", finding.fault or "Reached", is_well=not finding.fault) for finding in health.news()]


def _claude() -> Condition:
    denial = circuit.outage()
    if denial:
        return Condition("Claude", f"Denies access: {denial.reason}", is_well=False)
    return Condition("Claude", "Demo mode: a stand-in answers" if settings.IS_DEMO else "Lets the site in")


def _models() -> Condition:
    synced, url = last_sync(), page_of("claudemodel_changelist")
    if synced is None or synced.ended_at is None:
        return Condition("Models", "Not synced yet", url=url)
    if synced.fault:
        return Condition("Models", f"Not synced, {synced.fault}", is_well=False, url=url)
    return Condition("Models", f"{synced.model_count} listed, {time_of(synced.ended_at)}", url=url)


def _bill() -> Condition:
    newest, url = Reconciliation.objects.order_by("-day").first(), page_of("reconciliation_changelist")
    if newest is None:
        says = "Not compared yet" if settings.ANTHROPIC_ADMIN_KEY else "Not compared: no ANTHROPIC_ADMIN_KEY"
        return Condition("Vendor's bill", says, url=url)
    says = f"{ReconciliationState(newest.state).label}, {newest.day}"
    return Condition("Vendor's bill", says, is_well=newest.state == ReconciliationState.AGREES, url=url)


def _alerts() -> Condition:
    names = " and ".join(str(way.label).lower() for way in ways())
    says = f"Told by {names}" if names else "Told to nobody: neither e-mail nor webhook is set up"
    return Condition("Alerts", says, url=page_of("alert_changelist"))


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
