"""For whoever watches the site: is the process alive, can it do its work? No account, no secrets."""

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from conversations import health
from conversations.turns import circuit, worker


@require_safe
def live(request: HttpRequest) -> JsonResponse:
    return _never_stored({"status": "ok"}, 200)


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """503 names the checks that failed; also while the process drains, so that a proxy sends nobody here.

    That Claude denies the site its access is told and is no 503: a proxy would drop every process, and the chats that
    are there can be read. So it is with Redis and with the worker of another process.
    """
    foundations = health.foundations()
    findings = [*foundations, *health.news(), _worker(can_ask=_status(foundations) != "unavailable")]
    status = _status(findings)
    facts: dict[str, object] = {
        "status": status,
        "mode": "demo" if settings.IS_DEMO else "claude",
        "checks": {finding.name: finding.fault or "ok" for finding in findings},
    }
    denial = circuit.outage() if status != "unavailable" else None
    if status != "unavailable" and (in_use := health.keys_in_use()):
        facts["keys"] = in_use
    if denial:
        facts |= {"status": "degraded", "claude": denial.reason}
    return _never_stored(facts, 503 if status == "unavailable" else 200)


def _worker(*, can_ask: bool) -> health.Finding:
    """That of this process, or of any other when this one leaves the turns to them: if there is a database to ask."""
    if can_ask and worker.is_running() and not worker.takes_turns():
        return health.workers()
    return health.Finding("worker", "" if worker.is_running() else "not running")


def _status(findings: list[health.Finding]) -> str:
    faults = [finding for finding in findings if finding.fault]
    if any(finding.is_vital for finding in faults):
        return "unavailable"
    return "degraded" if faults else "ok"


def _never_stored(facts: dict[str, object], status: int) -> JsonResponse:
    return JsonResponse(facts, status=status, headers={"Cache-Control": "no-store"})
