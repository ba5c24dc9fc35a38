"""A report beside the period before it: which days those were, and in words how the figures differ."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from django.utils.formats import date_format

from conversations.usage.filters import UsageFilter
from conversations.usage.numbers import usd
from conversations.usage.reports import Figures

MANY_TIMES = 10  # beyond it a percentage says nothing


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a report; `difference` says in words how it was before."""

    name: str
    value: str
    difference: str


def before(asked: UsageFilter) -> UsageFilter:
    """What a report is compared with: of a month, or its first days, the same days of the month before; else as many
    days as there are, up to the day before them.
    """
    first, last = asked.from_date, asked.to_date
    ends = first - timedelta(days=1)
    if first.day == 1 and (first.year, first.month) == (last.year, last.month):
        is_whole = (last + timedelta(days=1)).day == 1
        last_day = ends if is_whole or last.day > ends.day else ends.replace(day=last.day)
        return replace(asked, from_date=ends.replace(day=1), to_date=last_day)
    return replace(asked, from_date=first - (last - ends), to_date=ends)


def days_of(asked: UsageFilter) -> str:
    """As they are written in a sentence."""
    first, last = asked.from_date, asked.to_date
    return _day(last) if first == last else f"{_day(first)} to {_day(last)}"


def figures(now: Figures, then: Figures) -> list[Figure]:
    return [
        _figure("Cost", now.cost_usd, then.cost_usd, usd),
        _figure("Requests", now.requests, then.requests, _count),
        _figure("Prompt tokens", now.prompt_tokens, then.prompt_tokens, _count),
        _figure("Output tokens", now.output_tokens, then.output_tokens, _count),
        Figure("Read from the cache", _share(now), f"{_share(then)} before"),
        _figure("Refusals", now.refusals, then.refusals, _count),
        _figure("Failed requests", now.failures, then.failures, _count),
    ]


def _figure(name: str, now: Decimal | int, then: Decimal | int, write: Callable[[Decimal], str]) -> Figure:
    return Figure(name, write(Decimal(now)), _difference(Decimal(now), Decimal(then), write))


def _difference(now: Decimal, then: Decimal, write: Callable[[Decimal], str]) -> str:
    if now == then:
        return "as before"
    if not then:
        return "nothing before"
    if now > MANY_TIMES * then:
        return f"{now / then:,.0f} × {write(then)} before"
    percent = round(100 * (now - then) / then)
    return f"{percent:+,} %, {write(then)} before".replace("-", "−")


def _count(count: Decimal) -> str:
    return f"{count:,}"


def _share(of: Figures) -> str:
    return "–" if of.cache_hit_percent is None else f"{of.cache_hit_percent} %"


def _day(day: date) -> str:
    return date_format(day, "j F Y")
