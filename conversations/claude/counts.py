"""Tokens of one attempt: folded from what the stream reports, estimated where it broke off."""

from typing import Any

from .events import Terms, TokenCounts

# English prose takes about three characters a token with the tokenizer of Claude 4.7 and later. Summarised thinking
# is shorter than the thinking that is paid for, so an estimate of it is a lower bound.
CHARS_PER_TOKEN = 3.0

# Refusals before any output are free, except of these categories (in force since 24 September 2026).
CATEGORIES_BILLED_BEFORE_OUTPUT = frozenset({"bio", "frontier_llm", "reasoning_extraction"})

_MOST = 2**31 - 1  # no prompt is larger; a larger number is a fault and would not fit a column


class UsageTally:
    """Usage as the stream reports it. Its numbers are running totals, so the largest of each is the truth."""

    def __init__(self) -> None:
        self.is_suspect = False
        self._most: dict[str, int] = {}
        self._terms: dict[str, str] = {}

    def take(self, usage: object) -> None:
        if not isinstance(usage, dict):
            self.is_suspect = True
            return
        for name in ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens"):
            self._take(name, usage.get(name))
        for group in ("cache_creation", "server_tool_use", "output_tokens_details"):
            for name, value in _mapping(usage.get(group)).items():
                self._take(f"{group}.{name}", value)
        for name in ("service_tier", "inference_geo", "speed"):
            if isinstance(usage.get(name), str):
                self._terms[name] = usage[name]

    def _take(self, name: str, value: object) -> None:
        if value is None:
            return
        if not isinstance(value, int) or not 0 <= value <= _MOST or value < self._most.get(name, 0):
            self.is_suspect = True
            return
        self._most[name] = value

    @property
    def tokens(self) -> TokenCounts:
        most = self._most.get
        write_5m = most("cache_creation.ephemeral_5m_input_tokens", 0)
        write_1h = most("cache_creation.ephemeral_1h_input_tokens", 0)
        # The split comes only with the first report; what the total gained since is booked at five minutes.
        excess = max(0, most("cache_creation_input_tokens", 0) - write_5m - write_1h)
        return TokenCounts(
            input=most("input_tokens", 0),
            cache_write_5m=write_5m + excess,
            cache_write_1h=write_1h,
            cache_read=most("cache_read_input_tokens", 0),
            output=most("output_tokens", 0),
            web_searches=most("server_tool_use.web_search_requests", 0),
        )

    @property
    def terms(self) -> Terms:
        return Terms(**self._terms)

    @property
    def details(self) -> dict[str, int]:
        """Facts for the log: what is informative and costs nothing more."""
        thinking = self._most.get("output_tokens_details.thinking_tokens")
        return {} if thinking is None else {"thinking_tokens": thinking}


def estimated_tokens(chars: int) -> int:
    return round(chars / CHARS_PER_TOKEN)


def is_refusal_billed(category: str | None, *, had_output: bool) -> bool:
    return had_output or category in CATEGORIES_BILLED_BEFORE_OUTPUT


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
