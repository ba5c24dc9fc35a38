"""An alert as whoever gets it reads it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from conversations.models import AlertEvent, AlertKind, AlertNotice

SENT_BY = "Sent by Chatsite, which tells each alert once, and once when it is over."


class NotSent(Exception):
    """`str()` says why, in words that may stand on a page and in a row."""


@dataclass(frozen=True, slots=True)
class Told:
    """`key` is the same when it is sent again, so that the receiver can tell."""

    key: str
    event: str  # raised, cleared, test
    kind: str
    headline: str
    subject: str
    says: str
    since: datetime
    cleared_at: datetime | None
    url: str

    @property
    def title(self) -> str:
        return f"Over: {self.headline}" if self.event == AlertEvent.CLEARED else self.headline

    @property
    def text(self) -> str:
        lines = [self.says, "", f"Since {_written(self.since)}."]
        lines += [f"Over since {_written(self.cleared_at)}."] if self.cleared_at else []
        return "\n".join([*lines, "", self.url, "", SENT_BY])

    @property
    def payload(self) -> dict[str, Any]:
        return {
            "id": self.key,
            "event": self.event,
            "kind": self.kind,
            "headline": self.headline,
            "subject": self.subject,
            "says": self.says,
            "since": self.since.astimezone(UTC).isoformat(timespec="seconds"),
            "cleared_at": self.cleared_at.astimezone(UTC).isoformat(timespec="seconds") if self.cleared_at else None,
            "url": self.url,
        }


def told(notice: AlertNotice) -> Told:
    alert = notice.alert
    return Told(
        key=f"{alert.pk}-{notice.event}",
        event=notice.event,
        kind=alert.kind,
        headline=AlertKind(alert.kind).label,
        subject=alert.subject,
        says=alert.says,
        since=alert.since,
        cleared_at=alert.cleared_at if notice.event == AlertEvent.CLEARED else None,
        url=_address(reverse("admin:conversations_alert_change", args=(alert.pk,))),
    )


def test_message() -> Told:
    now = timezone.now()
    says = "This is a test from the admin. Nothing is wrong."
    url = _address(reverse("admin:conversations_alert_changelist"))
    return Told(f"test-{now:%Y%m%dT%H%M%S}", "test", "test", "A test alert", "", says, now, None, url)


def _address(path: str) -> str:
    return f"{settings.PUBLIC_ORIGINS[0]}{path}"


def _written(moment: datetime) -> str:
    return f"{timezone.localtime(moment, timezone.get_default_timezone()):%Y-%m-%d %H:%M %Z}"
