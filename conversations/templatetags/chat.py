"""Words and small parts for templates: ids, icons, amounts, and what a refusal's category means."""

from decimal import Decimal
from uuid import UUID, uuid4

from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conversations.claude import catalogue
from conversations.claude.catalogue import ModelCard

register = template.Library()

REFUSAL_AREAS = {
    "cyber": "It may touch on attacking computers or networks.",
    "bio": "It may touch on dangerous biology.",
    "frontier_llm": "It may touch on building competing models.",
    "reasoning_extraction": "It may ask Claude to reveal its hidden reasoning.",
    "general_harms": "It may touch on something that could do harm.",
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """A drawing of the sprite, for the eye only: words stand beside it or in the button's label."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static("img/icons.svg"), name)


@register.simple_tag
def dom_id(noun: str, key: int | UUID, part: str = "") -> str:
    return f"{noun}-{key}-{part}" if part else f"{noun}-{key}"


@register.simple_tag
def new_client_id() -> UUID:
    """A name for one send, so that a double click makes one answer."""
    return uuid4()


@register.simple_tag
def other_models(model: str) -> tuple[ModelCard, ...]:
    """The models on offer besides this one."""
    return tuple(card for card in catalogue.PICKER if card.id != catalogue.card(model).id)


@register.filter
def refusal_area(category: str) -> str:
    return REFUSAL_AREAS.get(category, "")


@register.filter
def usd(amount: Decimal) -> str:
    """US dollars: cents from a dollar on, below that two figures that say something."""
    if amount == 0:
        return "$0"
    if amount >= 1:
        return f"${amount:,.2f}"
    places = max(2, 1 - amount.adjusted())
    return f"${amount:.{places}f}"


@register.filter
def seconds(milliseconds: int) -> str:
    """A duration: 0.8 s, 12 s, 2 min 5 s."""
    if milliseconds < 9_950:
        return f"{milliseconds / 1000:.1f} s"
    minutes, rest = divmod(round(milliseconds / 1000), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


@register.filter
def without_placeholder(field: BoundField) -> SafeString:
    """The field's input. A placeholder beside a label repeats it, and goes when the first letter is typed."""
    return field.as_widget(attrs={"placeholder": False})
