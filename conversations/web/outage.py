"""That Claude denies this site its access, for every page: people learn that it is so, staff learn why."""

from dataclasses import dataclass

from django.http import HttpRequest

from conversations.models import Outage
from conversations.turns import circuit


@dataclass(frozen=True, slots=True)
class OutageNotice:
    facts: Outage | None  # for staff


def outage_notice(request: HttpRequest) -> OutageNotice | None:
    standing = circuit.outage()
    if standing is None:
        return None
    person = getattr(request, "user", None)  # some errors come before we know who asks
    return OutageNotice(standing if person and person.is_staff else None)
