"""The arithmetic of budgets: periods, amounts, and how long an answer what is left has room for. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import ceil

from django.utils import timezone

from conversations.claude import catalogue
from conversations.claude.events import Terms, TokenCounts
from conversations.claude.wishes import owners_wishes
from conversations.models.budgets import Per, Unit
from conversations.models.usage import midnight
from conversations.usage.pricing import reckoned
from conversations.usage.reports import COST_PLACES

# Below it an answer says nothing whole, and thinking alone may take as much.
LEAST_ANSWER_TOKENS = 1500


@dataclass(frozen=True, slots=True)
class Call:
    """One request that is to be made, before anybody knows what it takes. `input_tokens` are an estimate.

    `kept_tokens` are those of them that the cache keeps for an hour, at a higher price.
    """

    model: str
    input_tokens: int
    max_tokens: int  # of the answer
    kept_tokens: int = 0

    @property
    def least_tokens(self) -> int:
        return min(self.max_tokens, LEAST_ANSWER_TOKENS)

    def takes(self, unit: str, output: int) -> int:
        """At most, with an answer of so many tokens, in the units of a use: as if nothing came out of the cache."""
        if unit == Unit.TOKENS:
            return self.input_tokens + output
        return ceil(self._usd(output).scaleb(COST_PLACES))

    def most_output(self, unit: str, left: int) -> int:
        """The longest answer that `left` has room for; below zero when not even the question has."""
        if unit == Unit.TOKENS:
            return left - self.input_tokens
        question = self._usd(0)
        of_a_token = self._usd(1) - question
        room = Decimal(left).scaleb(-COST_PLACES) - question
        return int(room // of_a_token) if room >= 0 and of_a_token else (self.max_tokens if room >= 0 else -1)

    def _usd(self, output: int) -> Decimal:
        wishes = owners_wishes(self.model)
        terms = Terms(inference_geo=wishes.get("inference_geo", ""), speed=wishes.get("speed", ""))
        kept = min(self.kept_tokens, self.input_tokens)
        tokens = TokenCounts(cache_write_5m=self.input_tokens - kept, cache_write_1h=kept, output=output)
        return reckoned(tokens, catalogue.card(self.model).price, terms).usd


@dataclass(frozen=True, slots=True)
class Period:
    first_day: date
    next_day: date  # the first one of the period that follows

    @property
    def ends_at(self) -> datetime:
        """The site's midnight, however many hours its last day has."""
        return midnight(self.next_day)


def period_of(per: str, moment: datetime | None = None) -> Period:
    """The one that this moment is in, by the site's time zone."""
    day = timezone.localdate(moment, timezone=timezone.get_default_timezone())
    match Per(per):
        case Per.DAY:
            return Period(day, day + timedelta(days=1))
        case Per.WEEK:
            monday = day - timedelta(days=day.weekday())
            return Period(monday, monday + timedelta(days=7))
        case Per.MONTH:
            first = day.replace(day=1)
            return Period(first, (first + timedelta(days=31)).replace(day=1))


def in_units(unit: str, amount: Decimal) -> int:
    return int(amount.scaleb(COST_PLACES)) if unit == Unit.USD else int(amount)
