"""The circuit to Claude. It opens when Claude denies this site its access, and turns then fail without asking.

One turn in PROBE_EVERY goes through all the same. The first answer that begins closes the circuit again.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from conversations.claude import catalogue
from conversations.claude.access import access_print, is_denied
from conversations.claude.events import AttemptEnded
from conversations.claude.failures import failure
from conversations.models import Absence, Outage

log = logging.getLogger(__name__)

ABSENT_FOR = timedelta(minutes=10)
PROBE_EVERY = timedelta(seconds=30)


def outage() -> Outage | None:
    """What stands between this site and Claude, if anything does."""
    return Outage.objects.of(access_print())


def absent_models() -> set[str]:
    """Whom nobody should choose just now, since Claude said that they are not there for this site."""
    return Absence.objects.standing(access_print())


def admit() -> None:
    """Raises ClaudeError while the circuit is open, except for the turn that probes it."""
    standing = outage()
    if standing and not Outage.objects.take_probe(standing.access, every=PROBE_EVERY):
        raise failure(standing.reason)


def learn(attempts: Sequence[AttemptEnded]) -> None:
    """What these attempts tell of our access. Call it in the transaction that books them."""
    for attempt in attempts:
        if is_denied(attempt.reason):
            _open(attempt)
        elif attempt.reason == "model_not_found":
            Absence.objects.note(access_print(), catalogue.card(attempt.asked_model).id, lasts=ABSENT_FOR)
        elif attempt.answered_model and not attempt.reason:
            close()


def close() -> None:
    """Claude answers."""
    if Outage.objects.end(access_print()):
        transaction.on_commit(lambda: log.warning("claude answers again"))


def _open(attempt: AttemptEnded) -> None:
    request_id = attempt.request_id.replace("\0", "")[:64]
    facts = {"reason": attempt.reason, "status": attempt.facts.get("status"), "request_id": request_id}
    first = {**facts, "next_probe_at": Now() + PROBE_EVERY}
    _, is_new = Outage.objects.update_or_create(pk=access_print(), defaults=facts, create_defaults=first)
    if is_new:
        named = {"reason": attempt.reason, "status": facts["status"], "upstream_request": request_id}
        transaction.on_commit(lambda: log.error("claude denies access", extra=named))
