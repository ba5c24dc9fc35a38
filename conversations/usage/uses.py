"""The uses of budgets in this period: found, made where there are none yet, and locked while somebody counts on them.

A use that is new begins with what the ledger says was spent since the period began, so that a budget may be set at any
time. Locks are taken last in a transaction, and always in one order, so that nobody waits for each other in a ring.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from conversations.models import Budget, BudgetUse, Reservation, Turn, UsageEntry, User
from conversations.models.budgets import Unit
from conversations.models.usage import UsageEntryQuerySet, midnight
from conversations.usage.limits import in_units, period_of
from conversations.usage.reports import COST_PLACES, exact_cost

TOKENS = ("input_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens", "cache_read_tokens", "output_tokens")


@dataclass(frozen=True, slots=True)
class Standing:
    """How a use stands, in its units. `reserved` is for what is under way."""

    use: BudgetUse
    budget: Budget
    reserved: int

    @property
    def limit(self) -> int:
        return in_units(self.budget.unit, self.budget.limit)

    @property
    def left(self) -> int:
        return self.limit - self.use.spent - self.reserved

    @property
    def percent(self) -> int:
        """Of the limit that is spent, rounded down: nobody is warned too early."""
        return 100 * self.use.spent // self.limit

    @property
    def is_near(self) -> bool:
        return self.budget.warn_percent is not None and self.percent >= self.budget.warn_percent

    def in_unit(self, amount: int) -> Decimal:
        """Dollars or tokens."""
        return Decimal(amount).scaleb(-COST_PLACES) if self.budget.unit == Unit.USD else Decimal(amount)


def locked_uses(budgets: Sequence[Budget], person: User | None, turn: Turn | None = None) -> list[Standing]:
    """One for each of these budgets, locked: what a turn has reserved, whenever that was, else of this period."""
    reserved = BudgetUse.objects.filter(reservations__turn=turn, budget__in=budgets) if turn else ()
    keys = {use.budget_id: use.pk for use in reserved}
    for budget in budgets:
        if budget.pk not in keys:
            keys[budget.pk] = _current(budget, person).pk
    locked = BudgetUse.objects.select_for_update().filter(pk__in=keys.values()).order_by("pk")
    return standings(list(locked), budgets, besides=turn)


def standings(uses: Iterable[BudgetUse], budgets: Iterable[Budget], *, besides: Turn | None = None) -> list[Standing]:
    """Without what the turn `besides` has reserved itself."""
    uses, by_key = list(uses), {budget.pk: budget for budget in budgets}
    standing = Reservation.objects.standing().filter(use__in=[use for use in uses if use.pk])
    if besides is not None:
        standing = standing.exclude(turn=besides)
    reserved = dict(standing.order_by().values_list("use").annotate(Sum("amount")))
    return [Standing(use, by_key[use.budget_id], reserved.get(use.pk, 0)) for use in uses]


def seen_uses(budgets: Sequence[Budget], person: User | None) -> list[Standing]:
    """The same for whoever only looks: nothing is locked, and nothing made."""
    return standings([_use_now(budget, person) for budget in budgets], budgets)


def _current(budget: Budget, person: User | None) -> BudgetUse:
    use = _use_now(budget, person)
    if use.pk is None:
        BudgetUse.objects.bulk_create([use], ignore_conflicts=True)  # somebody else may make it at this moment
        use = BudgetUse.objects.get(budget=budget, starts_on=use.starts_on, person=use.person)
    return use


def _use_now(budget: Budget, person: User | None) -> BudgetUse:
    """Of this period; where there is none yet, the one that would be made."""
    period, whose = period_of(budget.per), person if budget.is_each else None
    found = BudgetUse.objects.filter(budget=budget, starts_on=period.first_day, person=whose).first()
    if found:
        return found
    entries = UsageEntry.objects.filter(at__gte=midnight(period.first_day))
    if whose or budget.person_id:
        entries = entries.filter(person_id=whose.pk if whose else budget.person_id)
    if budget.group_id:
        entries = entries.filter(group_id=budget.group_id)
    spent = _spent(budget.unit, entries)
    return BudgetUse(budget=budget, person=whose, starts_on=period.first_day, ends_at=period.ends_at, spent=spent)


def _spent(unit: str, entries: UsageEntryQuerySet) -> int:
    if unit == Unit.USD:
        return int(entries.aggregate(spent=exact_cost())["spent"] or 0)
    counted = entries.filter(billed=True).aggregate(**{f"sum_{name}": Sum(name) for name in TOKENS})
    return sum(int(count or 0) for count in counted.values())
