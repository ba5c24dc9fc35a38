"""The ledger added up: by person, project, model, purpose and day, exactly, and the same on SQLite and PostgreSQL.

Read from the rollups, since a sum over the ledger itself reads every row of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Aggregate, BigIntegerField, F, Q, Sum
from django.db.models.functions import Cast, Round

from conversations.models import Rollup, UsageEntry
from conversations.models.people import pseudonym_of
from conversations.models.rollups import NO_PROJECT, RollupQuerySet, sums
from conversations.models.usage import UsageEntryQuerySet
from conversations.usage.filters import UsageFilter

ROWS_AT_ONCE = 2000
COST_PLACES = 10  # of UsageEntry.cost_usd
MANY_DAYS = timedelta(days=62)
COLUMN_OF = {"group": "group_name", "project": "project_name"}  # where a report and the ledger name them otherwise
NUMBER_OF = {"user": "person_id", "project_name": "project_id"}  # what tells those of one name apart


@dataclass(frozen=True, slots=True)
class Figures:
    """What a set of attempts took. The first fields are the CSV's columns, in their order.

    What is estimated is counted in the sums, and apart: those attempts ended before the API had told their output.
    """

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
    estimated_cost_usd: Decimal = Decimal(0)
    failures: int = 0

    @property
    def cache_write_tokens(self) -> int:
        return self.cache_write_5m_tokens + self.cache_write_1h_tokens

    @property
    def prompt_tokens(self) -> int:
        return self.input_tokens + self.cache_write_tokens + self.cache_read_tokens

    @property
    def cache_hit_percent(self) -> int | None:
        """How much of the prompts came out of the cache; None without a prompt."""
        return round(100 * self.cache_read_tokens / self.prompt_tokens) if self.prompt_tokens else None

    @property
    def cells(self) -> tuple[Any, ...]:
        """Of the CSV."""
        return astuple(self)[: len(CSV_COLUMNS)]


NAMES = tuple(field.name for field in fields(Figures))
SUMMED = tuple(name.removesuffix("_usd") for name in NAMES)
CSV_COLUMNS = NAMES[: NAMES.index("estimated_requests") + 1]


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One line of a report: the value of each group that was asked for, in that order, and what they took."""

    group: dict[str, str]
    figures: Figures
    person_id: int | None = None  # also of somebody who is gone; None where it is not of one person
    project_id: int | None = None  # the same; NO_PROJECT where it is outside of them
    url: str = ""  # where each of its attempts is


def exact_cost(*, where: Q | None = None) -> Aggregate:
    return exact_sum("cost_usd", where=where)


def exact_sum(money: str, *, where: Q | None = None) -> Aggregate:
    """The sum of a column of money in ten-billionths of a dollar, for `dollars()`.

    SQLite keeps decimals as floats; whole numbers it adds up exactly.
    """
    return Sum(Cast(Round(F(money) * 10**COST_PLACES), BigIntegerField()), filter=where)


def dollars(ten_billionths: int | Decimal | None) -> Decimal:
    return Decimal(int(ten_billionths or 0)).scaleb(-COST_PLACES)


def ten_billionths(usd: Decimal) -> int:
    return int(usd.scaleb(COST_PLACES))


def attempts(asked: UsageFilter) -> UsageEntryQuerySet:
    entries = UsageEntry.objects.between(asked.from_date, asked.to_date).order_by()
    if asked.group_id is not None:
        entries = entries.filter(group_id=asked.group_id)
    if asked.project_id is not None:
        entries = entries.filter(project=asked.project_id or None)
    return entries if asked.person_id is None else entries.filter(pseudonym=pseudonym_of(asked.person_id))


def rollups(asked: UsageFilter) -> RollupQuerySet:
    """As few as tell it; what is told by the day is in `rollups_by_day`."""
    return _of(asked, Rollup.objects.between(asked.from_date, asked.to_date))


def rollups_by_day(asked: UsageFilter) -> RollupQuerySet:
    return _of(asked, Rollup.objects.by_day(asked.from_date, asked.to_date))


def report_rows(asked: UsageFilter) -> Iterator[ReportRow]:
    """One row per group, in the order of the groups as asked; read in portions, so that it may be any length, and
    nobody who looks at its beginning waits for its end.

    Two people who had the same name one after the other are two rows: nobody pays for their namesake. So are projects.
    """
    columns = {name: COLUMN_OF.get(name, name) for name in asked.group_by}
    keys = [*columns.values(), *(number for name, number in NUMBER_OF.items() if name in columns.values())]
    for portion in _portions(asked, list(columns.values())):
        grouped = portion.values(*keys).annotate(**sums(*SUMMED)).order_by(*keys)
        for line in grouped.iterator(chunk_size=ROWS_AT_ONCE):
            yield ReportRow(
                group={name: str(line[column]) for name, column in columns.items()},
                figures=_figures(line),
                person_id=line.get("person_id"),
                project_id=line.get("project_id"),
            )


def totals(asked: UsageFilter) -> Figures:
    return _figures(rollups(asked).aggregate(**sums(*SUMMED)))


def by_day(asked: UsageFilter) -> dict[date, Figures]:
    """The days on which anything was used, oldest first."""
    return _over_time(rollups_by_day(asked))


def by_month(asked: UsageFilter) -> dict[date, Figures]:
    """The same by whole months, each at its first day, and by the days before and after them."""
    return _over_time(rollups(asked))


def _over_time(found: RollupQuerySet) -> dict[date, Figures]:
    lines: Any = found.values("day").annotate(**sums(*SUMMED)).order_by("day")
    return {line["day"]: _figures(line) for line in lines}


def _of(asked: UsageFilter, found: RollupQuerySet) -> RollupQuerySet:
    if asked.group_id is not None:
        found = found.filter(group_id=asked.group_id)
    if asked.project_id is not None:
        found = found.filter(project_id=asked.project_id)
    return (found if asked.person_id is None else found.filter(person_id=asked.person_id)).order_by()


def _portions(asked: UsageFilter, keys: Sequence[str]) -> Iterator[RollupQuerySet]:
    """What a report adds up, in the order of these keys: all at once, or one day, person or project after the other
    where there is a row for each of many days of each of these.
    """
    if "day" not in keys:
        yield rollups(asked).with_report_names()
    elif not NUMBER_OF.keys() & set(keys) or asked.to_date - asked.from_date < MANY_DAYS:
        yield rollups_by_day(asked).with_report_names()
    else:
        yield from _one_by_one(keys, rollups(asked).with_report_names(), rollups_by_day(asked).with_report_names())


def _one_by_one(keys: Sequence[str], few: Any, all_days: RollupQuerySet) -> Iterator[RollupQuerySet]:
    """`few` are asked which values there are, since `all_days` can be hundreds of thousands."""
    key, *others = keys
    if key == "day":
        for day in all_days.values_list("day", flat=True).distinct().order_by("day"):
            yield all_days.filter(day=day)
    elif key in NUMBER_OF:
        names = (key, NUMBER_OF[key])
        for _, number in few.values_list(*names).distinct().order_by(*names):
            of_it = {NUMBER_OF[key]: number}
            if key == "project_name" and number == NO_PROJECT:  # everybody's
                yield from _one_by_one(others, few.numbered(**of_it), all_days.numbered(**of_it))
            else:
                yield all_days.numbered(**of_it)
    else:
        for value in few.values_list(key, flat=True).distinct().order_by(key):
            yield from _one_by_one(others, few.filter(**{key: value}), all_days.filter(**{key: value}))


def _figures(line: dict[str, Any]) -> Figures:
    counted = {name: int(line[f"sum_{name}"] or 0) for name in NAMES if not name.endswith("_usd")}
    cost, estimated = dollars(line["sum_cost"]), dollars(line["sum_estimated_cost"])
    return Figures(**counted, cost_usd=cost, estimated_cost_usd=estimated)
