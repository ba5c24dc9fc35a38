"""The word by e-mail that a budget is nearly used up: to whom it concerns, once in its period.

Those of the whole site are an alert. Found in the rows by a chore, so that no answer waits for a mail server.
"""

import asyncio
import logging
import smtplib
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from conversations.alerts.mail import CONSOLE
from conversations.models import Budget, BudgetUse, Chore, User
from conversations.roster.database import in_database
from conversations.usage.budget_views import BudgetView, budget_view
from conversations.usage.uses import Standing, standings

log = logging.getLogger(__name__)

LOOK_EVERY = timedelta(minutes=1)


async def warn_people() -> None:
    if settings.EMAIL_BACKEND == CONSOLE or not await in_database(Chore.objects.take)("budgets", hold=LOOK_EVERY):
        return
    for standing in await in_database(to_warn)():
        await _warn(standing)


def to_warn() -> list[Standing]:
    """The uses of this period whose people are to hear of them and have not yet."""
    uses = list(BudgetUse.objects.current().filter(warned_at=None, budget__is_on=True, spent__gt=0))
    budgets = Budget.objects.in_bulk({use.budget_id for use in uses})
    return [each for each in standings(uses, budgets.values()) if each.is_near and not _is_sites(each.budget)]


async def _warn(standing: Standing) -> None:
    """Taken before it is sent, so that none comes twice; one that the server refused is tried again."""
    to = await in_database(_people)(standing)
    if not (to and await in_database(_take)(standing.use)):
        return
    try:
        await asyncio.to_thread(_send, budget_view(standing, tells_amounts=not standing.budget.is_shared), to)
    except (smtplib.SMTPException, OSError) as error:
        log.warning("budget not told", extra={"use": standing.use.pk, "fault": type(error).__name__})
        await in_database(_give_back)(standing.use)
    else:
        log.info("budget told", extra={"use": standing.use.pk, "people": len(to)})


def _people(standing: Standing) -> list[str]:
    """The person themselves; of what a group shares, its group admins."""
    people = User.objects.filter(is_active=True).exclude(email="")
    if standing.budget.is_shared:
        people = people.filter(group=standing.budget.group_id, is_group_admin=True)
    else:
        people = people.filter(pk=standing.use.person_id or standing.budget.person_id or 0)
    return list(people.values_list("email", flat=True))


def _take(use: BudgetUse) -> bool:
    return BudgetUse.objects.filter(pk=use.pk, warned_at=None).update(warned_at=Now()) == 1


def _give_back(use: BudgetUse) -> None:
    BudgetUse.objects.filter(pk=use.pk).update(warned_at=None)


def _send(view: BudgetView, to: Sequence[str]) -> None:
    resets_at = timezone.localtime(view.resets_at, timezone.get_default_timezone())
    amounts = f" ({view.used} of {view.limit})" if view.used else ""
    text = (
        f"{view.percent} % of it is used{amounts}. {view.at_limit} "
        f"It resets on {date_format(resets_at, 'j F Y, H:i')} ({resets_at.tzname()}). For more ask {view.contact}.\n\n"
        f"{settings.PUBLIC_ORIGINS[0]}{reverse('own-usage')}\n\n"
        "Sent by Chatsite, once in each period.\n"
    )
    for address in to:  # each for themselves: nobody reads the others' addresses
        subject = f"[Chatsite] {view.name} is {'used up' if view.is_used_up else 'nearly used up'}"
        EmailMessage(subject, text, to=[address], headers={"Auto-Submitted": "auto-generated"}).send()


def _is_sites(budget: Budget) -> bool:
    return budget.is_shared and budget.group_id is None
