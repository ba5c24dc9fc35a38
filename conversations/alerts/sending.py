"""Notices on their way: each is taken by one process, tried again for some hours, and given up with its reason.

A process that dies between sending and saying so leaves a notice that is sent once more: better twice than never.
"""

import asyncio
import logging
from datetime import timedelta

from django.db.models import F
from django.db.models.functions import Now

from conversations.alerts import mail, webhook
from conversations.alerts.words import NotSent, Told, test_message, told
from conversations.models import AlertNotice, Way
from conversations.roster.database import in_database

log = logging.getLogger(__name__)

HOLD = timedelta(minutes=5)  # longer than any one sending may last
AGAIN_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 120, 240))  # then it is given up


async def send_due() -> None:
    while notice := await in_database(_take)():
        try:
            await _send(Way(notice.way), told(notice))
        except NotSent as error:
            await in_database(_put_off)(notice, str(error))
        else:
            await in_database(_note_sent)(notice)


async def send_test() -> dict[Way, str]:
    """What became of a test by each way, in a sentence; "" for one that is not set up, and `ok` begins success."""
    message, outcome = test_message(), {}
    for way, is_set_up in ((Way.MAIL, mail.is_set_up), (Way.WEBHOOK, webhook.is_set_up)):
        if not await in_database(is_set_up)():
            outcome[way] = ""
            continue
        try:
            outcome[way] = f"ok: {await _send(way, message)}"
        except NotSent as error:
            outcome[way] = str(error)
    return outcome


async def _send(way: Way, message: Told) -> str:
    """What the other side said. Raises NotSent."""
    if way == Way.WEBHOOK:
        return f"It answered {await webhook.send(message)}."
    to = await in_database(mail.recipients)()
    if not to:
        raise NotSent("Nobody has an address.")
    await asyncio.to_thread(mail.send, message, to)
    return f"The server took it for {', '.join(to)}."


def _take() -> AlertNotice | None:
    return AlertNotice.objects.take(hold=HOLD)


def _note_sent(notice: AlertNotice) -> None:
    AlertNotice.objects.held(notice.pk, notice.fence).update(sent_at=Now(), due_at=None, fault="", tries=F("tries") + 1)
    log.info("alert told", extra={"alert": notice.alert_id, "way": notice.way})


def _put_off(notice: AlertNotice, fault: str) -> None:
    left = AGAIN_AFTER[notice.tries :]
    due_at = Now() + left[0] if left else None
    AlertNotice.objects.held(notice.pk, notice.fence).update(due_at=due_at, fault=fault[:100], tries=F("tries") + 1)
    log.warning("alert not told", extra={"alert": notice.alert_id, "way": notice.way, "is_given_up": not left})
