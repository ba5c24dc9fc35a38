"""The models that can be asked: a card for every id, and those that people may choose.

This room reads no rows. It starts with what the release knows, and whoever knows better tells it by `learn`. What it
knows is replaced as a whole, so that any thread can ask at any time.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from .cards import Lifecycle, ListedModel, ModelCard, as_listed
from .model_list import ALIASES, MODELS, OFFERED
from .price_list import ASSUMED, DEAREST, PRICE_LIST
from .prices import ListPrice


@dataclass(frozen=True, slots=True)
class _Knowledge:
    cards: Mapping[str, ModelCard]
    offered: tuple[str, ...]
    dearest: ListPrice


def card(model_id: str) -> ModelCard:
    """What is known about a model. An unknown id gets a card too: small limits, dear prices, `is_known=False`."""
    known = _known.cards.get(canonical(model_id))
    return known or ModelCard(model_id, model_id, price=_known.dearest, is_known=False)


def canonical(model_id: str) -> str:
    """The one name of a model that may have several."""
    return ALIASES.get(model_id, model_id)


def offered(*, among: Container[str] | None = None) -> tuple[ModelCard, ...]:
    """Whom people may choose, in the owner's order; only `among` these ids, if they are given.

    A retired model is there no more, its successor in its place.
    """
    named = dict.fromkeys(in_service(model_id).id for model_id in _known.offered)
    return tuple(card(model_id) for model_id in named if among is None or model_id in among)


def in_service(model_id: str) -> ModelCard:
    """The model, or who answers in its place once it has retired."""
    asked = card(model_id)
    return (successor(asked) or asked) if asked.lifecycle == Lifecycle.RETIRED else asked


def successor(model: ModelCard) -> ModelCard | None:
    """Who to change to: the newest active model of its line, else the first one that is offered."""
    others = [each for each in _known.cards.values() if each.lifecycle == Lifecycle.ACTIVE and each.id != model.id]
    of_its_line = [each for each in others if model.line and each.line == model.line]
    if of_its_line:
        return max(of_its_line, key=lambda each: each.released or date.min)
    return next((each for each in others if each.id in _known.offered), None)


def cheapest(
    *, without: Container[str] = (), among: Container[str] | None = None, context_tokens: int = 0
) -> ModelCard | None:
    """The offered model that writes for the least money, of those that can read so much."""
    able = [each for each in offered(among=among) if each.id not in without and each.context_tokens >= context_tokens]
    return min(able, key=lambda each: each.price.rates.usd_per_mtok_output, default=None)


def learn(models: Iterable[ListedModel], *, offered: Sequence[str], prices: Iterable[ListPrice]) -> None:
    """From now on the catalogue knows what the API says of these models, besides what the release says.

    `prices` may hold several of a model; the one that is in force now goes on its card.
    """
    global _known
    told = {canonical(listed.id): as_listed(_released(listed.id), listed) for listed in models}
    _known = _knowledge({**_RELEASE, **told}, offered, prices)


def forget() -> None:
    """Back to what the release knows."""
    global _known
    _known = _knowledge(_RELEASE, OFFERED, PRICE_LIST)


def released_cards() -> tuple[ModelCard, ...]:
    """What the release alone knows, newest facts of a site left out."""
    return tuple(_knowledge(_RELEASE, OFFERED, PRICE_LIST).cards.values())


def _released(model_id: str) -> ModelCard:
    return _RELEASE.get(canonical(model_id)) or ModelCard(model_id, model_id)


def _knowledge(cards: Mapping[str, ModelCard], offered: Sequence[str], prices: Iterable[ListPrice]) -> _Knowledge:
    now = datetime.now(UTC)
    in_force = {price.model: price for price in _oldest_first(prices) if price.effective_from <= now}
    dearest = max(in_force.values(), key=lambda price: price.rates.usd_per_mtok_output, default=DEAREST)
    dearest = replace(dearest, source=ASSUMED)
    priced = {id_: replace(model, price=in_force.get(id_, dearest)) for id_, model in cards.items()}
    return _Knowledge(priced, tuple(canonical(model_id) for model_id in offered), dearest)


def _oldest_first(prices: Iterable[ListPrice]) -> list[ListPrice]:
    return sorted(prices, key=lambda price: price.effective_from)


_RELEASE: Mapping[str, ModelCard] = {model.id: model for model in MODELS}
_known = _knowledge(_RELEASE, OFFERED, PRICE_LIST)
