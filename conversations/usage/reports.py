"""The ledger added up: by person, model and day, exactly, and the same on SQLite and PostgreSQL."""

from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Aggregate, BigIntegerField, Count, F, Q, Sum
from django.db.models.functions import Cast, Round

from conversations.models import UsageEntry
from conversations.models.usage import UsageEntryQuerySet
from conversations.usage.filters import UsageFilter

ROWS_AT_ONCE = 2000
COST_PLACES = 10  # of UsageEntry.cost_usd


@dataclass(frozen=True, slots=True)
class Figures:
    """What a set of attempts took. The field names are the CSV columns, in their order."""

    requests: int = 0
    input_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    cache_read_tokens: int = 0
    output_tokens: int = 0
    web_searches: int = 0
    cost_usd: Decimal = Decimal(0)
    refusals: int = 0
    estimated_requests: int = 0

    @property
    def cache_write_tokens(self) -> int:
        return self.cache_write_5m_tokens + self.cache_write_1h_tokens

    @property
    def prompt_tokens(self) -> int:
        return self.input_tokens + self.cache_write_tokens + self.cache_read_tokens

    @property
    def total_tokens(self) -> int:
        return self.prompt_tokens + self.output_tokens

    @property
    def cache_hit_percent(self) -> int | None:
        """How much of the prompts came out of the cache; None without a prompt."""
        return round(100 * self.cache_read_tokens / self.prompt_tokens) if self.prompt_tokens else None

    @property
    def cells(self) -> tuple[Any, ...]:
        return astuple(self)


FIGURE_NAMES = tuple(field.name for field in fields(Figures))


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One line of a report: the value of each group that was asked for, in that order, and what they took."""

    group: dict[str, str]
    figures: Figures
    is_person_gone: bool = False


def exact_cost(*, where: Q | None = None) -> Aggregate:
    """The sum of costs in ten-billionths of a dollar, for `dollars()`.

    SQLite keeps decimals as floats; whole numbers it adds up exactly.
    """
    return Sum(Cast(Round(F("cost_usd") * 10**COST_PLACES), BigIntegerField()), filter=where)


def dollars(ten_billionths: int | Decimal | None) -> Decimal:
    return Decimal(int(ten_billionths or 0)).scaleb(-COST_PLACES)


def attempts(asked: UsageFilter) -> UsageEntryQuerySet:
    entries = UsageEntry.objects.between(asked.from_date, asked.to_date).order_by()
    return entries if asked.person_id is None else entries.filter(person_id=asked.person_id)


def report_rows(asked: UsageFilter) -> Iterator[ReportRow]:
    """One row per group, in the order of the groups as asked; read in portions, so that it may be any length.

    Two people who had the same name one after the other are two rows: nobody pays for their namesake.
    """
    keys = [*asked.group_by, *(["person_id"] if "user" in asked.group_by else [])]
    grouped = attempts(asked).with_report_names().values(*keys).annotate(**_sums()).order_by(*keys)
    for line in grouped.iterator(chunk_size=ROWS_AT_ONCE):
        yield ReportRow(
            group={name: str(line[name]) for name in asked.group_by},
            figures=_figures(line),
            is_person_gone="person_id" in line and line["person_id"] is None,
        )


def totals(asked: UsageFilter) -> Figures:
    return _figures(attempts(asked).aggregate(**_sums()))


def by_day(asked: UsageFilter) -> dict[date, Figures]:
    """The days on which anything was used, oldest first."""
    rows = report_rows(replace(asked, group_by=("day",)))
    return {date.fromisoformat(row.group["day"]): row.figures for row in rows}


def _sums() -> dict[str, Aggregate]:
    """Named apart from the columns, since an annotation may not take a field's name."""
    summed = {f"sum_{name}": Sum(name) for name in FIGURE_NAMES if name.endswith("_tokens") or name == "web_searches"}
    return summed | {
        "sum_requests": Count("pk"),
        "sum_cost_usd": exact_cost(),
        "sum_refusals": Count("refusal"),
        "sum_estimated_requests": Count("pk", filter=Q(estimated=True)),
    }


def _figures(line: dict[str, Any]) -> Figures:
    counted = {name: int(line[f"sum_{name}"] or 0) for name in FIGURE_NAMES if name != "cost_usd"}
    return Figures(**counted, cost_usd=dollars(line["sum_cost_usd"]))
