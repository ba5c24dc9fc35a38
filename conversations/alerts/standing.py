"""Raise an alert, or say that it is over. Either is told once, whoever finds it and however often."""

import logging

from django.db import transaction
from django.db.models.functions import Now

from conversations.alerts import mail, webhook
from conversations.models import Alert, AlertEvent, AlertKind, AlertNotice, Way
from conversations.models.alerts import SAYS_LENGTH, SUBJECT_LENGTH

log = logging.getLogger(__name__)


@transaction.atomic
def raise_alert(kind: AlertKind, *, subject: str = "", says: str) -> bool:
    """Whether it is new. While one of this kind and subject stands, only what it says is brought up to date."""
    subject, says = subject[:SUBJECT_LENGTH], says[:SAYS_LENGTH]
    alert, is_new = Alert.objects.get_or_create(kind=kind, subject=subject, cleared_at=None, defaults={"says": says})
    if is_new:
        log.warning("alert raised", extra={"alert": alert.pk, "kind": str(kind)})
        _tell(alert, AlertEvent.RAISED)
    elif alert.says != says:
        Alert.objects.standing().filter(pk=alert.pk).update(says=says)
    return is_new


@transaction.atomic
def clear_alert(kind: AlertKind, *, subject: str = "") -> bool:
    """Whether one stood, which is over now."""
    alert = Alert.objects.standing().filter(kind=kind, subject=subject[:SUBJECT_LENGTH]).first()
    if alert is None or not Alert.objects.standing().filter(pk=alert.pk).update(cleared_at=Now()):
        return False
    log.warning("alert cleared", extra={"alert": alert.pk, "kind": str(kind)})
    _tell(alert, AlertEvent.CLEARED)
    return True


def ways() -> list[Way]:
    """By which the site can tell anybody."""
    return [way for way, is_open in ((Way.MAIL, mail.is_set_up()), (Way.WEBHOOK, webhook.is_set_up())) if is_open]


def _tell(alert: Alert, event: AlertEvent) -> None:
    """That it is over goes the ways by which it was told."""
    told = alert.notices.filter(event=AlertEvent.RAISED).values_list("way", flat=True)
    chosen = ways() if event == AlertEvent.RAISED else list(told)
    AlertNotice.objects.bulk_create([AlertNotice(alert=alert, event=event, way=way) for way in chosen])
