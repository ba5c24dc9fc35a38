"""The rollups' only writer: each row of the ledger is added in its own transaction, and all can be added up anew."""

from typing import Any

from django.db import connection, transaction
from django.db.models import BigIntegerField, Case, Count, Sum, Value, When
from django.db.models.functions import Cast, Coalesce, Substr, TruncMonth
from django.utils import timezone

from conversations.models import Rollup, UsageEntry
from conversations.models.people import FORMER
from conversations.models.rollups import KEYS, NO_GROUP, NO_PROJECT, NOBODY, OF_A_ROW, SUMS
from conversations.models.usage import WENT_WRONG
from conversations.usage.reports import exact_sum, ten_billionths

LANES = 64  # more transactions than ever book at the same moment
LANE_LOCK = 0x6C616E65  # any number, the same in every release


def add_up(entry: UsageEntry, *, is_refusal: bool) -> None:
    """Count a row that was just booked. Call it in the transaction that books it."""
    of_day = _counted(entry, is_refusal)
    of_month = of_day | {"is_month": True, "day": of_day["day"].replace(day=1)}
    table, columns = Rollup._meta.db_table, ", ".join(of_day)
    added = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in SUMS)
    values = ", ".join(["%s"] * len(of_day))
    with connection.cursor() as cursor:
        cursor.execute(  # our own column names alone; the ORM can replace on a conflict, and not add
            f"INSERT INTO {table} ({columns}) VALUES ({values}), ({values}) "  # noqa: S608
            f"ON CONFLICT ({', '.join(KEYS)}) DO UPDATE SET {added}",
            [*of_day.values(), *of_month.values()],
        )


@transaction.atomic
def rebuild() -> int:
    """Add the whole ledger up anew, in days of the site's time zone; how many rows it gave.

    What is being booked meanwhile waits: its row is either in the sums that are made here or is added to them.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {Rollup._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
    Rollup.objects.all().delete()
    return _insert(_days()) + _insert(_months())


def are_in_step() -> bool:
    """Whether every row of the ledger is counted, in its day and its month as the site's time zone has them.

    One statement, one moment.
    """
    entries, rollups = UsageEntry._meta.db_table, Rollup._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH booked AS (SELECT COUNT(*) AS rows FROM {entries}) "  # noqa: S608
            f"SELECT (SELECT rows FROM booked) = COALESCE(SUM(requests) FILTER (WHERE is_month), 0) "
            f"AND (SELECT rows FROM booked) = COALESCE(SUM(requests) FILTER (WHERE NOT is_month), 0) "
            f"AND COALESCE(MIN(zone), %s) = %s AND COALESCE(MAX(zone), %s) = %s FROM {rollups}",
            [timezone.get_default_timezone_name()] * 4,
        )
        return bool(cursor.fetchone()[0])


def _counted(entry: UsageEntry, is_refusal: bool) -> dict[str, Any]:
    """The columns of a rollup that counts this row alone."""
    own = {name: getattr(entry, name) for name in (*OF_A_ROW, *SUMS) if hasattr(entry, name)}
    return own | {
        "is_month": False,
        "day": timezone.localdate(entry.at, timezone.get_default_timezone()),
        "zone": timezone.get_default_timezone_name(),
        "lane": _lane(),
        "purpose": str(entry.purpose),
        "person_id": int(entry.pseudonym.removeprefix(FORMER) or NOBODY),
        "group_id": entry.group_id or NO_GROUP,
        "project_id": entry.project_id or NO_PROJECT,
        "model": entry.answered_model or entry.asked_model,
        "requests": 1,
        "failures": int(entry.went_wrong),
        "refusals": int(is_refusal),
        "cost": ten_billionths(entry.cost_usd),
        "cache_saved": ten_billionths(entry.cache_saved_usd),
    }


def _lane() -> int:
    """One that no other open transaction adds to. Several of them, each with rows of several people, would otherwise
    wait for one another, and in a circle when they come in another order.
    """
    if connection.vendor != "postgresql":
        return 0  # SQLite has one writer at a time
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lane FROM generate_series(1, %s) lane WHERE pg_try_advisory_xact_lock(%s, lane) LIMIT 1",
            [LANES, LANE_LOCK],
        )
        free = cursor.fetchone()
        return free[0] if free else 0


def _insert(summed: Any) -> int:
    """What has the KEYS and the SUMS, in their order; how many rows it has."""
    query, values = summed.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {Rollup._meta.db_table} ({', '.join((*KEYS, *SUMS))}) {query}", values)
        return int(cursor.rowcount)


def _months() -> Any:
    """Of the days that are there, since they are fewer than the ledger's rows."""
    days = Rollup.objects.filter(is_month=False).order_by()
    keyed = days.annotate(its_month=Value(True), month=TruncMonth("day"))
    others = [key for key in KEYS if key not in ("is_month", "day")]
    return keyed.values_list("its_month", "month", *others).annotate(**{f"sum_{name}": Sum(name) for name in SUMS})


def _days() -> Any:
    """Of the ledger."""
    named = UsageEntry.objects.with_report_names().order_by()
    its_number = Cast(Substr("pseudonym", len(FORMER) + 1), BigIntegerField())
    keyed = named.annotate(
        is_month=Value(False),
        zone=Value(timezone.get_default_timezone_name()),
        lane=Value(0),
        number=Case(When(pseudonym__startswith=FORMER, then=its_number), default=NOBODY),
        group_number=Coalesce("group_id", NO_GROUP),
        project_number=Coalesce("project_id", NO_PROJECT),
    ).values_list("is_month", "day", "zone", "lane", "number", "group_number", "project_number", "model", *OF_A_ROW)
    special = {
        "requests": Count("pk"),
        "failures": Count("pk", filter=WENT_WRONG),
        "refusals": Count("refusal"),
        "cost": exact_sum("cost_usd"),
        "cache_saved": exact_sum("cache_saved_usd"),
    }
    return keyed.annotate(**{f"sum_{name}": special.get(name) or Sum(name) for name in SUMS})
