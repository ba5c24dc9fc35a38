"""Whom a person may ask: what the owner offers, as far as their group allows it."""

from collections.abc import Container

from conversations.claude import catalogue
from conversations.claude.cards import ModelCard
from conversations.models import PeopleGroup


def allowed_models(group: PeopleGroup | None) -> frozenset[str] | None:
    """The ids of all models that its people may ask; None for any. Where one retired, its successor counts."""
    if group is None or not group.allowed_models:
        return None
    return frozenset(catalogue.in_service(model_id).id for model_id in group.allowed_models)


def offered_to(group: PeopleGroup | None) -> tuple[ModelCard, ...]:
    """In the owner's order."""
    return catalogue.offered(among=allowed_models(group))


def may_ask(group: PeopleGroup | None, model_id: str) -> bool:
    allowed = allowed_models(group)
    return allowed is None or catalogue.card(model_id).id in allowed


def first_for(group: PeopleGroup | None, default: str, *, absent: Container[str] = ()) -> str:
    """`default` where these people may ask it and the API has it, else the first one on offer of which both is so."""
    if may_ask(group, default) and default not in absent:
        return default
    offered = offered_to(group)
    found = next((card for card in offered if card.id not in absent), None) or next(iter(offered), None)
    return found.id if found else next(iter(sorted(allowed_models(group) or ())), default)
