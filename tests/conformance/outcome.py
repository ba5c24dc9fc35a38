"""What a session came to: the words on the page and the rows of the ledger."""

import re
from html.parser import HTMLParser
from typing import Any

from django.test import Client

from conversations.models import Absence, Allowance, Outage, Turn, UsageEntry

HIDDEN = ("button", "footer", "form", "h2", "select", "svg", "template")
VOID = ("br", "hr", "img", "input")
TIME = re.compile(r"(?:under )?\d+(?:\.\d)? s\b")
FIELDS = (
    *("attempt", "answered_model", "stop_reason", "reason", "request_id", "billed", "estimated"),
    *("input_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens", "cache_read_tokens", "output_tokens"),
    *("web_searches", "cost_usd", "cache_miss_reason", "cache_missed_tokens"),
)


class _Words(HTMLParser):
    """The words of one article, less its heading, its controls and what stands under it."""

    def __init__(self, article: str) -> None:
        super().__init__()
        self._article = article
        self._depth = self._skipped = 0
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self._depth and dict(attrs).get("id") != self._article:
            return
        self._depth += tag == "article"
        if tag in HIDDEN or self._skipped:
            self._skipped += tag not in VOID

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Without words."""

    def handle_endtag(self, tag: str) -> None:
        if self._skipped:
            self._skipped -= 1
        elif tag == "article" and self._depth:
            self._depth -= 1

    def handle_data(self, data: str) -> None:
        if self._depth and not self._skipped:
            self.words.append(data)


def outcome_of(turn: Turn, client: Client) -> dict[str, Any]:
    """In the words of an expectation."""
    return {
        "state": turn.answer.state,
        "reason": turn.answer.reason,
        "page": shown(client.get(f"/c/{turn.conversation_id}/").text, turn.answer_id),
        "ledger": [_row(entry) for entry in turn.attempts.order_by("attempt")],
    }


def forget_denials() -> None:
    """What one session was denied is not denied to the next."""
    Outage.objects.all().delete()
    Absence.objects.all().delete()
    Allowance.objects.all().delete()


def shown(page: str, message_id: int) -> str:
    parser = _Words(f"message-{message_id}")
    parser.feed(page)
    words = " ".join(" ".join(parser.words).split())
    return TIME.sub("… s", words).replace(f"message-{message_id}", "message-…")


def _row(entry: UsageEntry) -> dict[str, Any]:
    row = {name: getattr(entry, name) for name in FIELDS}
    row["cost_usd"] = f"{row['cost_usd'].normalize():f}"
    return {name: value for name, value in row.items() if value not in ("", 0, False, "0")}
