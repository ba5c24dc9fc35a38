"""Models that go: what people are told, and who answers once one has retired."""

from datetime import date

from conversations.claude import catalogue
from conversations.claude.cards import Lifecycle


def in_place_of(model: str) -> str:
    """The model itself, or its successor once it has retired."""
    return catalogue.in_service(model).id if has_retired(model) else model


def has_retired(model: str) -> bool:
    return catalogue.card(model).lifecycle == Lifecycle.RETIRED


def farewell(model: str) -> str:
    """What somebody should know whose model goes, or has gone; "" for one that stays."""
    card = catalogue.card(model)
    other = catalogue.successor(card)
    if other is None or card.lifecycle == Lifecycle.ACTIVE:
        return ""
    if card.lifecycle == Lifecycle.RETIRED:
        return f"{card.display_name} has retired; this chat goes on with {other.display_name}."
    when = f"on {day_of(card.retires_on)}" if card.retires_on else "soon"
    return f"{card.display_name} retires {when}. {other.display_name} takes its place; you can choose it now."


def day_of(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
