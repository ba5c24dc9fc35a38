"""Write down who did what, to what, and from where. Never what anybody wrote."""

import logging
from ipaddress import ip_address, ip_network
from typing import Any

from django.conf import settings
from django.db.models import Model
from django.http import HttpRequest

from conversations.models import AuditEntry
from conversations.models.audit import Deed

NETWORKS = {4: 24, 6: 48}  # as many bits of an address tell the provider or the house, and not the person

log = logging.getLogger(__name__)


def record(
    request: HttpRequest | None,
    deed: Deed,
    *,
    of: Model | None = None,
    object_type: str = "",
    object_id: str = "",
    facts: dict[str, Any] | None = None,
    person_id: int | None = None,
) -> None:
    """In the transaction of the deed, if there is one: both are saved, or neither.

    Number and seal go to the log of the process too, out of the reach of whoever can only write to the database.
    """
    user = getattr(request, "user", None)
    if person_id is None and user is not None:
        person_id = user.pk
    entry = AuditEntry.objects.append(
        deed,
        person_id=person_id,
        object_type=of._meta.label_lower if of else object_type,
        object_id=str(of.pk) if of else object_id,
        facts=facts,
        address=address_of(request) if request else "",
    )
    if request is not None:
        request.is_audited = True  # type: ignore[attr-defined]
    log.info("audit", extra={"number": entry.number, "seal": entry.seal})


def is_recorded(request: HttpRequest) -> bool:
    return getattr(request, "is_audited", False)


def address_of(request: HttpRequest) -> str:
    """Where a request came from, as exactly as AUDIT_ADDRESS says; "" where nobody can tell."""
    hops = [*request.headers.get("X-Forwarded-For", "").split(","), request.META.get("REMOTE_ADDR", "")]
    given = hops[-1 - settings.PROXIES] if len(hops) > settings.PROXIES else ""
    try:
        address = ip_address(given.strip())
    except ValueError:
        return ""
    match settings.AUDIT_ADDRESS:
        case "full":
            return str(address)
        case "network":
            return str(ip_network((address, NETWORKS[address.version]), strict=False))
        case _:
            return ""
