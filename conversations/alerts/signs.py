"""What the rows say that somebody should know of. Pure questions: they raise nothing."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone

from conversations.claude import catalogue
from conversations.claude.access import access_print
from conversations.claude.cards import Lifecycle
from conversations.models import Alert, AlertKind, Batch, BatchState, BudgetUse, ClaudeModel, Outage, Unit, UsageEntry
from conversations.models.usage import WENT_WRONG, UsageEntryQuerySet

ERRORS_WITHIN = timedelta(minutes=15)
ERRORS_LEAST = 5  # failed requests; fewer are nobody's alarm
REFUSALS_WITHIN = timedelta(days=1)
REFUSALS_BEFORE = timedelta(days=7)
REFUSALS_LEAST = 5
BASIS_LEAST = 50  # requests of the days before, below which their share says nothing
RETIRES_WITHIN = timedelta(days=30)
BATCHES_WITHIN = timedelta(days=7)

# By the subject of each, what there is to say.
Signs = dict[str, str]


def outages() -> Signs:
    found = Outage.objects.filter(pk=access_print()).first()
    if found is None:
        return {}
    status = f" (HTTP {found.status})" if found.status else ""
    request = f" Upstream's request id: {found.request_id}." if found.request_id else ""
    return {"": f"Claude denies this site its access: {found.reason}{status}. Nobody gets an answer.{request}"}


def errors(*, stands: bool) -> Signs:
    """Once raised it stands until the share has fallen to half, so that it does not flicker."""
    since = timezone.now() - ERRORS_WITHIN
    counted = UsageEntry.objects.filter(at__gte=since).aggregate(
        requests=Count("pk"), failed=Count("pk", filter=WENT_WRONG)
    )
    requests, failed = counted["requests"], counted["failed"]
    percent, least = 100 * failed / max(1, requests), settings.ALERT_ERROR_PERCENT
    is_wrong = failed > 0 and percent > least / 2 if stands else failed >= ERRORS_LEAST and percent >= least
    return {"": f"{failed} of {requests} requests of the last 15 minutes failed ({percent:.0f} %)."} if is_wrong else {}


def refusals(*, stands: bool) -> Signs:
    """The share of declined requests of a day, beside that of the week before it."""
    now = timezone.now()
    recent = UsageEntry.objects.filter(at__gte=now - REFUSALS_WITHIN)
    before = UsageEntry.objects.filter(at__gte=now - REFUSALS_WITHIN - REFUSALS_BEFORE, at__lt=now - REFUSALS_WITHIN)
    declined, asked = _declined(recent)
    declined_before, asked_before = _declined(before)
    factor, least = (1.5, 1) if stands else (2, REFUSALS_LEAST)
    # Both shares are brought to one denominator, so that nothing is divided by zero.
    has_grown = declined * asked_before >= factor * declined_before * asked
    if declined < least or asked_before < BASIS_LEAST or not has_grown:
        return {}
    share, share_before = 100 * declined / asked, 100 * declined_before / asked_before
    return {"": f"Claude declined {share:.1f} % of the requests of the last day, and {share_before:.1f} % before."}


def batches() -> Signs:
    """Those that failed lately and wait for their maker."""
    failed = Batch.objects.filter(state=BatchState.FAILED)
    raised = {*Alert.objects.standing().filter(kind=AlertKind.BATCH).values_list("subject", flat=True)}
    shown = failed.filter(Q(ended_at__gte=timezone.now() - BATCHES_WITHIN) | Q(pk__in=raised))
    return {
        str(batch.pk): f"The API did not accept a batch of {batch.model}: {batch.reason}. Nothing was charged."
        for batch in shown
    }


def models() -> Signs:
    """Offered ones that have at most a month left."""
    until = timezone.now() + RETIRES_WITHIN
    leaving = ClaudeModel.objects.listed().filter(offered=True, retires_at__lte=until)
    return {model.pk: _farewell(model) for model in leaving}


def budgets() -> Signs:
    """What several people share, by its use in this period: the next one begins with nothing said."""
    shared = BudgetUse.objects.current().filter(budget__is_on=True, budget__person=None, budget__is_each=False)
    uses = shared.exclude(budget__warn_percent=None).select_related("budget__group")
    return {str(use.pk): says for use in uses if (says := _runs_out(use))}


def _runs_out(use: BudgetUse) -> str:
    budget = use.budget
    limit = int(budget.limit.scaleb(10) if budget.unit == Unit.USD else budget.limit)
    percent = 100 * use.spent // limit
    whose = f"the group {budget.group}" if budget.group else "the site"
    return (
        f"{percent} % of the budget of {whose} for this {budget.per} is used."
        if percent >= (budget.warn_percent or 0)
        else ""
    )


def _declined(entries: UsageEntryQuerySet) -> tuple[int, int]:
    counted = entries.aggregate(declined=Count("refusal"), asked=Count("pk"))
    return counted["declined"], counted["asked"]


def _farewell(model: ClaudeModel) -> str:
    heir = catalogue.successor(catalogue.card(model.pk))
    verb = "has retired" if model.lifecycle == Lifecycle.RETIRED else "retires"
    then = f" {heir.display_name} answers in its place then." if heir else ""
    return f"{model.display_name} {verb} on {model.retires_at:%-d %B %Y} and is still offered.{then}"
