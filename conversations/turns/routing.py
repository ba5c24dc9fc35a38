"""Best fit: the model for a question by the owner's rules, the first that fits. Pure but for `rules_in_force`.

A chat's prompt cache is worth money and belongs to its model. So a chat stays with the model that it has, unless a rule
asks for a dearer one.
"""

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from conversations.claude import catalogue
from conversations.claude.cards import ModelCard
from conversations.models import RoutingRule
from conversations.models.routing import Kind

BEST_FIT = "best-fit"  # in the place of a model's id, in forms and drafts
STAYS = "as before in this chat"
CODE = re.compile(r"```|^\s*(def|class|import|from|function|const|let|public|SELECT|#include)\b.*|[;{}]\s*$", re.M)
RESEARCH = re.compile(r"\b(research|investigate|survey|compare|sources|state of the art|literature)\b", re.I)
SHORT_WORDS, LONG_WORDS = 30, 1500  # where a rule names no number


@dataclass(frozen=True, slots=True)
class Route:
    """Who answers, how hard they work ("" for the model's own), and why, in words for people."""

    model: str
    effort: str
    reason: str


def route(
    text: str,
    images: int,
    rules: Iterable[RoutingRule],
    *,
    present: str,
    default: str,
    among: Container[str] | None = None,
) -> Route:
    """`present` is the model that best fit chose for this chat before, "" at its beginning.

    No other model is chosen than `among` these ids, if they are given.
    """
    offered = {card.id: card for card in catalogue.offered(among=among)}
    fitting = (rule for rule in rules if rule.model in offered and fits(rule, text, images))
    rule = next(fitting, None)
    if present in offered and (rule is None or not _is_dearer(offered[rule.model], offered[present])):
        return Route(present, rule.effort if rule and rule.model == present else "", STAYS)
    if rule is None:
        return Route(default, "", "no rule fits")
    return Route(rule.model, rule.effort, rule.get_kind_display())


def fits(rule: RoutingRule, text: str, images: int) -> bool:
    words = len(text.split())
    match Kind(rule.kind):
        case Kind.IMAGE:
            return images > 0
        case Kind.LONG:
            return words >= (rule.words or LONG_WORDS)
        case Kind.RESEARCH:
            return bool(RESEARCH.search(text))
        case Kind.CODE:
            return bool(CODE.search(text))
        case Kind.SHORT:
            return images == 0 and words <= (rule.words or SHORT_WORDS)
        case Kind.ANY:
            return True


def rules_in_force() -> Sequence[RoutingRule]:
    return list(RoutingRule.objects.filter(is_on=True))


def _is_dearer(one: ModelCard, other: ModelCard) -> bool:
    return one.price.rates.usd_per_mtok_output > other.price.rates.usd_per_mtok_output
