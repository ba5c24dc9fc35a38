"""What the vendor counted and billed on a day, by its Usage & Cost API. It takes a key of its own: ANTHROPIC_ADMIN_KEY.

Days are counted in UTC. Figures are complete some five minutes after they were used. The API tells of no people, but of
workspaces: where others use the same organisation, ANTHROPIC_WORKSPACES names those of this site.
"""

from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import httpx2
from anthropic import Omit
from django.conf import settings

from .client import open_client
from .events import TokenCounts
from .failures import failure
from .whole import within

USAGE = "/v1/organizations/usage_report/messages"
COST = "/v1/organizations/cost_report"
DEFAULT_WORKSPACE = "default"  # what we call the one for which the API has no id
WITHIN_S = 60.0
MOST_PAGES = 100
CENTS = 100


@dataclass(frozen=True, slots=True)
class Bill:
    """By model. What costs money and is not of a model, such as web searches, stands in `usd` under ""."""

    counts: dict[str, TokenCounts]
    usd: dict[str, Decimal]


async def bill_of(day: date) -> Bill:
    """Raises ClaudeError."""
    async with within(WITHIN_S):
        return Bill(await _counts(day), await _usd(day))


async def _counts(day: date) -> dict[str, TokenCounts]:
    found: dict[str, TokenCounts] = {}
    async for row in _rows(USAGE, day, {"bucket_width": "1d", "group_by[]": ["model", "workspace_id"]}):
        model = row["model"] or ""
        found[model] = _sum(found.get(model, TokenCounts()), _read(row))
    return found


async def _usd(day: date) -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    async for row in _rows(COST, day, {"group_by[]": ["description", "workspace_id"]}):
        if row["currency"] != "USD":
            raise ValueError(row["currency"])
        found[row.get("model") or ""] += Decimal(row["amount"]) / CENTS  # a decimal string, in cents
    return dict(found)


async def _rows(path: str, day: date, asked: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
    """Of this site's workspaces, page by page."""
    starts = datetime.combine(day, time.min, tzinfo=UTC)
    query: dict[str, Any] = {
        "starting_at": _written(starts),
        "ending_at": _written(starts + timedelta(days=1)),
        **asked,
    }
    for _ in range(MOST_PAGES):
        page = await _page(path, query)
        for bucket in page["data"]:
            if datetime.fromisoformat(bucket["starting_at"]).astimezone(UTC).date() == day:
                for row in bucket["results"]:
                    if _is_ours(row):
                        yield row
        if not page["has_more"]:
            return
        if page["next_page"] == query.get("page"):
            break
        query["page"] = page["next_page"]
    raise failure("protocol")  # the same page again, and so on for ever


async def _page(path: str, query: dict[str, Any]) -> Any:
    client = await open_client()
    answer = await client.get(
        f"{path}?{httpx2.QueryParams(query)}",
        cast_to=httpx2.Response,
        options={"headers": {"X-Api-Key": settings.ANTHROPIC_ADMIN_KEY, "Authorization": Omit()}},
    )
    return answer.json()


def _is_ours(row: dict[str, Any]) -> bool:
    workspace = row.get("workspace_id") or DEFAULT_WORKSPACE
    return not settings.ANTHROPIC_WORKSPACES or workspace in settings.ANTHROPIC_WORKSPACES


def _read(row: dict[str, Any]) -> TokenCounts:
    written = row["cache_creation"]
    return TokenCounts(
        input=row["uncached_input_tokens"],
        cache_write_5m=written["ephemeral_5m_input_tokens"],
        cache_write_1h=written["ephemeral_1h_input_tokens"],
        cache_read=row["cache_read_input_tokens"],
        output=row["output_tokens"],
        web_searches=(row.get("server_tool_use") or {}).get("web_search_requests", 0),
    )


def _sum(one: TokenCounts, other: TokenCounts) -> TokenCounts:
    return TokenCounts(*map(sum, zip(astuple(one), astuple(other), strict=True)))


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
