"""Budgets hold: what a call may take is reserved before it goes out, and what it took is charged with its ledger row.

    grant = reserve(person, call, turn=turn)     may raise BudgetSpent; nothing then counts
    charge(…)                                    by the ledger alone, in the transaction that books
    release(turn=turn)                           in the transaction that ends the turn

Where what is left has no room for the longest answer, the answer is to be shorter, down to some sense.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest, Now
from django.utils import timezone
from django.utils.formats import date_format

from conversations.claude import catalogue
from conversations.models import Batch, Budget, BudgetUse, PeopleGroup, Reservation, Turn, UsageEntry, User
from conversations.models.budgets import AtLimit, Per, Unit
from conversations.roster.offers import allowed_models, may_ask
from conversations.usage.limits import Call, in_units
from conversations.usage.uses import TOKENS, Standing, locked_uses

LAPSES_AFTER = timedelta(minutes=5)  # of what hangs on no row: longer than any errand may last
WHEN = {Per.DAY: "today", Per.WEEK: "this week", Per.MONTH: "this month"}
THE_OWNERS = "the people who run this site"


def name_of(budget: Budget) -> str:
    """As the person whom it binds reads it."""
    whose = "Your" if not budget.is_shared else "Your group's" if budget.group_id else "The site's"
    return f"{whose} budget for {WHEN[Per(budget.per)]}"


class BudgetSpent(Exception):
    """What is asked has no room in this budget now. `advice` is the sentence for the person."""

    def __init__(self, standing: Standing, *, what: str = "question") -> None:
        budget = standing.budget
        self.resets_at: datetime = standing.use.ends_at
        self.advice = (
            f"{name_of(budget)} has no room for this {what}. Nothing is lost. "
            f"For more ask {budget.contact or THE_OWNERS}."
        )
        super().__init__(str(budget))

    @property
    def advice_with_reset(self) -> str:
        """For where no page can tell the time of whoever reads it."""
        at = timezone.localtime(self.resets_at, timezone.get_default_timezone())
        return f"{self.advice} It resets on {date_format(at, 'j F Y, H:i')} ({at.tzname()})."


@dataclass(frozen=True, slots=True)
class Grant:
    """Whom to ask, and for how long an answer; the cheaper model where a budget wants it."""

    model: str
    max_tokens: int
    reservations: tuple[int, ...] = ()


def budgets_of(person: User | None) -> list[Budget]:
    """Those that count what this person asks; of nobody, what the site asks of itself."""
    return list(Budget.objects.binding(person)) if Budget.objects.are_on() else []


@transaction.atomic
def reserve(
    person: User | None, call: Call, *, turn: Turn | None = None, may_change_model: bool = False, is_whole: bool = False
) -> Grant | None:
    """Room for this call; None when no budget counts it. A turn that has reserved gets what the new call needs instead.

    `is_whole`: a shorter answer is of no use. Raises BudgetSpent.
    """
    budgets = budgets_of(person)
    if not budgets:
        return None
    uses = locked_uses(budgets, person, turn)
    if may_change_model:
        call = _spared(person, call, uses)
    output = min([call.max_tokens, *(call.most_output(each.budget.unit, each.left) for each in _strict(uses))])
    if output < (call.max_tokens if is_whole else call.least_tokens):
        raise BudgetSpent(min(_strict(uses), key=lambda each: call.most_output(each.budget.unit, each.left)))
    amounts = {each: call.takes(each.budget.unit, output) for each in uses}
    return Grant(call.model, output, _keep(amounts, turn))


@transaction.atomic
def reserve_batch(batch: Batch, *, usd: int, tokens: int) -> None:
    """Room for the whole batch at its longest. Raises BudgetSpent."""
    uses = locked_uses(budgets_of(batch.person), batch.person)
    amounts = {each: usd if each.budget.unit == Unit.USD else tokens for each in uses}
    for each in _strict(uses):
        if amounts[each] > each.left:
            raise BudgetSpent(each, what="batch at its longest")
    rows = [Reservation(use=each.use, amount=amount, batch=batch) for each, amount in amounts.items()]
    Reservation.objects.filter(batch=batch).delete()
    Reservation.objects.bulk_create(rows)


def uses_to_charge(person: User | None, turn: Turn | None) -> list[Standing]:
    """Locked before the ledger's row is written: a use that is new counts the rows that are there."""
    budgets = budgets_of(person)
    return locked_uses(budgets, person, turn) if budgets else []


def charge(uses: Iterable[Standing], entry: UsageEntry, *, batch: Batch | None = None) -> None:
    for each in uses:
        amount = in_units(Unit.USD, entry.cost_usd) if each.budget.unit == Unit.USD else _tokens(entry)
        BudgetUse.objects.filter(pk=each.use.pk).update(spent=F("spent") + amount)
        if batch is not None:
            reserved = Reservation.objects.filter(batch=batch, use=each.use)
            reserved.update(amount=Greatest(Value(0), F("amount") - amount))


def release(*, turn: Turn | None = None, reservations: Sequence[int] = ()) -> None:
    if turn is not None:
        Reservation.objects.filter(turn=turn).delete()
    if reservations:
        Reservation.objects.filter(pk__in=reservations).delete()


def _strict(uses: Iterable[Standing]) -> list[Standing]:
    return [each for each in uses if each.budget.at_limit == AtLimit.STOP]


def _spared(person: User | None, call: Call, uses: Iterable[Standing]) -> Call:
    """The call as it is to be, where budgets that have no room for it want a cheaper model asked."""
    for each in uses:
        is_spent = call.most_output(each.budget.unit, each.left) < call.least_tokens
        if each.budget.at_limit == AtLimit.DOWNGRADE and is_spent:
            call = _cheaper(person.group if person else None, call, each.budget)
    return call


def _cheaper(group: PeopleGroup | None, call: Call, budget: Budget) -> Call:
    """The same call where there is nobody cheaper."""
    named = budget.cheaper_model if budget.cheaper_model and may_ask(group, budget.cheaper_model) else ""
    needed = call.input_tokens + call.least_tokens
    found = catalogue.card(named) if named else catalogue.cheapest(among=allowed_models(group), context_tokens=needed)
    asked = catalogue.card(call.model)
    if found is None or found.price.rates.usd_per_mtok_output >= asked.price.rates.usd_per_mtok_output:
        return call
    return replace(call, model=found.id, max_tokens=min(call.max_tokens, found.max_output_tokens))


def _keep(amounts: dict[Standing, int], turn: Turn | None) -> tuple[int, ...]:
    if turn is not None:
        Reservation.objects.filter(turn=turn).delete()
    lapses_at = None if turn else Now() + LAPSES_AFTER
    rows = [
        Reservation(use=each.use, amount=amount, turn=turn, lapses_at=lapses_at) for each, amount in amounts.items()
    ]
    return tuple(row.pk for row in Reservation.objects.bulk_create(rows))


def _tokens(entry: UsageEntry) -> int:
    return sum(getattr(entry, name) for name in TOKENS) if entry.billed else 0
