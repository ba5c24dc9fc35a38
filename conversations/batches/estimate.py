"""What a batch will cost about: its prompts by estimate, its answers between nothing and their longest."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db.models.functions import Length

from conversations.batches.prompts import input_tokens
from conversations.claude import catalogue
from conversations.claude.batch_answers import BATCH_TIER
from conversations.claude.cards import ModelCard
from conversations.claude.events import Terms, TokenCounts
from conversations.models import Batch, Unit
from conversations.usage.budgets import budgets_of, reserve_batch
from conversations.usage.limits import in_units
from conversations.usage.pricing import reckoned


@dataclass(frozen=True, slots=True)
class Estimate:
    """In US dollars, at the batch's price."""

    prompts: int
    input_tokens: int
    most_output_tokens: int
    input_usd: Decimal
    most_usd: Decimal
    is_price_assumed: bool


def estimate_of(batch: Batch) -> Estimate:
    lengths = batch.items.values_list(Length("system"), Length("prompt"))
    tokens = [input_tokens(system + prompt) for system, prompt in lengths.iterator(chunk_size=2000)]
    return estimated(tokens, catalogue.card(batch.model), batch.max_tokens)


def estimated(tokens: Iterable[int], model: ModelCard, max_tokens: int) -> Estimate:
    """Prompt by prompt, since a long one may cost more a token."""
    counts = list(tokens)
    geo = settings.CLAUDE_GEO if model.takes_geo else ""
    terms = Terms(service_tier=BATCH_TIER, inference_geo=geo)

    def usd(output: int) -> Decimal:
        spent = (reckoned(TokenCounts(input=count, output=output), model.price, terms).usd for count in counts)
        return sum(spent, Decimal(0))

    return Estimate(
        prompts=len(counts),
        input_tokens=sum(counts),
        most_output_tokens=len(counts) * max_tokens,
        input_usd=usd(0),
        most_usd=usd(max_tokens),
        is_price_assumed=model.is_price_assumed,
    )


def reserve_for(batch: Batch) -> None:
    """Room in the budgets that count it. Raises BudgetSpent."""
    if budgets_of(batch.person):
        most = estimate_of(batch)
        tokens = most.input_tokens + most.most_output_tokens
        reserve_batch(batch, usd=in_units(Unit.USD, most.most_usd), tokens=tokens)
