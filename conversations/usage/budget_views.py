"""How budgets stand, as a page shows it. What several people share is told to each of them as a share, not in money."""

from dataclasses import dataclass
from datetime import datetime

from conversations.models import AtLimit, Budget, Unit, User
from conversations.usage.budgets import THE_OWNERS, budgets_of, name_of
from conversations.usage.numbers import short_count, usd
from conversations.usage.uses import Standing, seen_uses


@dataclass(frozen=True, slots=True)
class BudgetView:
    """Amounts are "" where they are nobody's business."""

    name: str
    percent: int
    used: str
    reserved: str
    limit: str
    left: str
    resets_at: datetime
    warn_percent: int | None
    is_near: bool
    is_used_up: bool
    at_limit: str
    contact: str

    @property
    def bar(self) -> int:
        """Of a hundred; what is above the limit is said in words."""
        return min(100, self.percent)


def budgets_for(person: User) -> list[BudgetView]:
    budgets = budgets_of(person)
    return [budget_view(each, tells_amounts=not each.budget.is_shared) for each in seen_uses(budgets, person)]


def near_budgets(person: User) -> list[BudgetView]:
    """Those of which the person should know without asking."""
    return [view for view in budgets_for(person) if view.is_near]


def budget_view(standing: Standing, *, tells_amounts: bool = True) -> BudgetView:
    budget = standing.budget
    amounts = (standing.use.spent, standing.reserved, standing.limit, max(0, standing.left)) if tells_amounts else ()
    used, reserved, limit, left = [_written(standing, amount) for amount in amounts] or ("", "", "", "")
    return BudgetView(
        name=name_of(budget),
        percent=standing.percent,
        used=used,
        reserved=reserved if standing.reserved else "",
        limit=limit,
        left=left,
        resets_at=standing.use.ends_at,
        warn_percent=budget.warn_percent,
        is_near=standing.is_near,
        is_used_up=standing.percent >= 100,
        at_limit=_at_limit(budget),
        contact=budget.contact or THE_OWNERS,
    )


def _at_limit(budget: Budget) -> str:
    if budget.at_limit == AtLimit.DOWNGRADE:
        return "At the limit a cheaper model is asked."
    return "At the limit nothing more is asked."


def _written(standing: Standing, amount: int) -> str:
    whole = standing.in_unit(amount)
    return usd(whole) if standing.budget.unit == Unit.USD else f"{short_count(int(whole))} tokens"
