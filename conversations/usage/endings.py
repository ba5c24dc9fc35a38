"""Answers that ended otherwise than complete: of which class, with which model, on which days. Chats that are erased
take theirs along; the ledger keeps each request.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Max, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from conversations.models import Turn, TurnStatus
from conversations.models.usage import between_days, midnight
from conversations.usage.charts import Chart
from conversations.usage.filters import UsageFilter, quick_ranges
from conversations.usage.series import count_chart

CHARTED = {TurnStatus.FAILED: "Failed", TurnStatus.REFUSED: "Refused", TurnStatus.STOPPED: "Stopped by their person"}


@dataclass(frozen=True, slots=True)
class Class:
    """All that ended alike, and the query of an address that lists them."""

    status: str
    reason: str
    model: str
    count: int
    newest: datetime
    query: str


def endings_page(asked: UsageFilter) -> dict[str, Any]:
    found = _classes(asked)
    occurred = {each.status for each in found}
    return {
        "asked": asked,
        "ranges": quick_ranges(asked),
        "charts": [_chart(asked, status, name) for status, name in CHARTED.items() if status in occurred],
        "classes": found,
    }


def _turns(asked: UsageFilter) -> QuerySet[Turn]:
    return Turn.objects.filter(between_days("created_at", asked.from_date, asked.to_date), status__in=CHARTED)


def _classes(asked: UsageFilter) -> list[Class]:
    keys = ("status", "answer__reason", "model")
    turns = _turns(asked)
    rows = turns.values(*keys).annotate(count=Count("pk"), newest=Max("created_at")).order_by("-count", *keys)
    return [
        Class(row["status"], row["answer__reason"], row["model"], row["count"], row["newest"], _query(asked, row))
        for row in rows
    ]


def _query(asked: UsageFilter, row: dict[str, Any]) -> str:
    found = {"status__exact": row["status"], "answer__reason": row["answer__reason"], "model": row["model"]}
    return urlencode(found | {"created_at__gte": midnight(asked.from_date)})


def _chart(asked: UsageFilter, status: TurnStatus, name: str) -> Chart:
    turns = _turns(asked).filter(status=status).order_by()
    days = turns.annotate(day=TruncDate("created_at", tzinfo=timezone.get_default_timezone())).values("day")
    counted = {row["day"]: row["count"] for row in days.annotate(count=Count("pk"))}
    return count_chart(name, asked, counted, what="answers")
