"""Two accounts of one day into lines. Pure: no rows, no settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

Account = Mapping[str, Mapping[str, Decimal]]  # by model, then by measure

# Less is no difference, whatever the share: a request at midnight, or cents that were rounded.
LEAST = {"cost": Decimal("0.01"), "web_searches": Decimal(1)}
LEAST_TOKENS = Decimal(1000)


@dataclass(frozen=True, slots=True)
class Line:
    model: str
    measure: str
    ours: Decimal
    theirs: Decimal
    is_outside: bool


def compare(ours: Account, theirs: Account, *, tolerance_percent: int) -> list[Line]:
    """Every measure of which either side has something, by model."""
    return [
        _line(model, measure, ours, theirs, tolerance_percent)
        for model in sorted({*ours, *theirs})
        for measure in dict.fromkeys((*ours.get(model, {}), *theirs.get(model, {})))
        if _of(ours, model, measure) or _of(theirs, model, measure)
    ]


def _line(model: str, measure: str, ours: Account, theirs: Account, tolerance_percent: int) -> Line:
    one, other = _of(ours, model, measure), _of(theirs, model, measure)
    allowed = max(LEAST.get(measure, LEAST_TOKENS), max(one, other) * tolerance_percent / 100)
    return Line(model, measure, one, other, abs(one - other) > allowed)


def _of(account: Account, model: str, measure: str) -> Decimal:
    return account.get(model, {}).get(measure, Decimal(0))
