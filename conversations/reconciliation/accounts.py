"""The two accounts of a day: what the ledger says, and what the vendor does, in the same words."""

from collections import defaultdict
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Count, Q, Sum

from conversations.claude.bill import Bill
from conversations.claude.catalogue import canonical
from conversations.claude.price_list import USD_PER_WEB_SEARCH
from conversations.models import UsageEntry
from conversations.models.reconciliations import Measure
from conversations.models.usage import UsageEntryQuerySet
from conversations.usage.reports import dollars, exact_cost

TOKENS = ("input", "cache_write_5m", "cache_write_1h", "cache_read", "output")
Sums = defaultdict[str, defaultdict[str, Decimal]]


def ledgers(day: date) -> Sums:
    """What was billed: a request that cost nothing is not on the vendor's bill either."""
    account = _empty()
    sums = {f"sum_{name}": Sum(f"{name}_tokens") for name in TOKENS} | {"sum_web_searches": Sum("web_searches")}
    keys = ["model"]
    rows = _entries(day).filter(billed=True).with_report_names().values(*keys).order_by(*keys)
    for row in rows.annotate(**sums, sum_cost=exact_cost()):
        _add(account, row["model"], {name.removeprefix("sum_"): row[name] for name in sums})
        # The vendor bills searches apart from models.
        searches_usd = row["sum_web_searches"] * USD_PER_WEB_SEARCH
        account[canonical(row["model"])][Measure.COST] += dollars(row["sum_cost"]) - searches_usd
        account[""][Measure.COST] += searches_usd
    return account


def vendors(bill: Bill) -> Sums:
    account = _empty()
    for model, counts in bill.counts.items():
        _add(account, model, asdict(counts))
    for model, usd in bill.usd.items():
        account[canonical(model)][Measure.COST] += usd
    return account


def estimated_requests(day: date) -> int:
    found: int = _entries(day).aggregate(found=Count("pk", filter=Q(estimated=True)))["found"]
    return found


def _entries(day: date) -> UsageEntryQuerySet:
    starts = datetime.combine(day, time.min, tzinfo=UTC)
    return UsageEntry.objects.filter(at__gte=starts, at__lt=starts + timedelta(days=1))


def _empty() -> Sums:
    return defaultdict(lambda: defaultdict(Decimal))


def _add(account: Sums, model: str, counts: dict[str, int]) -> None:
    for name, count in counts.items():
        account[canonical(model)][Measure(name)] += count
