"""The vendor's own books: what was counted and billed, served as the Usage & Cost API does, page by page."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from httpx2 import QueryParams

from .script import Reply

ADMIN_KEY = "sk-ant-admin-test"


@dataclass
class Bill:
    """`rows_a_page` at most. `instead` is what it answers in the place of a page, as long as it is set."""

    rows_a_page: int = 100
    instead: Reply | None = None
    asked: list[str] = field(default_factory=list)
    _used: list[tuple[date, dict[str, Any]]] = field(default_factory=list)
    _cost: list[tuple[date, dict[str, Any]]] = field(default_factory=list)

    def use(self, day: date, model: str, *, workspace: str | None = None, **tokens: int) -> None:
        """`tokens` by class: input, cache_write_5m, cache_write_1h, cache_read, output; and web_searches."""
        of = tokens.get
        row = {
            "model": model,
            "workspace_id": workspace,
            "uncached_input_tokens": of("input", 0),
            "cache_creation": {
                "ephemeral_5m_input_tokens": of("cache_write_5m", 0),
                "ephemeral_1h_input_tokens": of("cache_write_1h", 0),
            },
            "cache_read_input_tokens": of("cache_read", 0),
            "output_tokens": of("output", 0),
            "server_tool_use": {"web_search_requests": of("web_searches", 0)},
        }
        self._used.append((day, row))

    def charge(self, day: date, model: str | None, usd: Decimal, *, workspace: str | None = None) -> None:
        row = {"model": model, "workspace_id": workspace, "currency": "USD", "amount": f"{usd * 100:f}"}
        self._cost.append((day, row))

    def reply(self, path: str, headers: dict[str, str]) -> Reply:
        self.asked.append(path)
        if self.instead is not None:
            return self.instead
        if headers.get("x-api-key") != ADMIN_KEY or "authorization" in headers:
            return Reply.error(401, "authentication_error")
        parts = urlsplit(path)
        books = self._cost if parts.path.endswith("/cost_report") else self._used
        return Reply.json(self._page(books, QueryParams(parts.query)))

    def _page(self, books: list[tuple[date, dict[str, Any]]], query: QueryParams) -> dict[str, Any]:
        starts = date.fromisoformat(query["starting_at"][:10])
        ends = date.fromisoformat(query["ending_at"][:10])
        found = [(day, row) for day, row in books if starts <= day < ends]
        at = int(query.get("page", 0))
        shown, has_more = found[at : at + self.rows_a_page], len(found) > at + self.rows_a_page
        buckets = [
            {"starting_at": f"{day}T00:00:00Z", "ending_at": f"{day + timedelta(days=1)}T00:00:00Z", "results": [row]}
            for day, row in shown
        ]
        return {"data": buckets, "has_more": has_more, "next_page": str(at + self.rows_a_page) if has_more else None}
