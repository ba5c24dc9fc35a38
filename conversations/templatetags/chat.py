"""Words and small parts for templates: ids, icons, amounts, and what a refusal's category means."""

from decimal import Decimal
from uuid import UUID, uuid4

from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conversations.announce.views import AttachmentView, MessageView
from conversations.attachments.text import MAX_SENT_BYTES
from conversations.attachments.tokens import estimated_tokens
from conversations.claude import catalogue
from conversations.claude.cards import ModelCard
from conversations.models import Attachment, PeopleGroup
from conversations.roster.offers import offered_to
from conversations.turns import circuit

register = template.Library()

REFUSAL_AREAS = {
    "cyber": "It may touch on attacking computers or networks.",
    "bio": "It may touch on dangerous biology.",
    "frontier_llm": "It may touch on building competing models.",
    "reasoning_extraction": "It may ask Claude to reveal its hidden reasoning.",
    "general_harms": "It may touch on something that could do harm.",
}
NO_AREA = "Claude did not name an area that this site knows."


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
def other_models(message: MessageView) -> tuple[ModelCard, ...]:
    """The models on offer to the owner of the chat, besides who answered and those that are absent."""
    without = {catalogue.card(message.model).id, *circuit.absent_models()}
    group = PeopleGroup.objects.filter(people__conversations=message.conversation_id).first()
    return tuple(card for card in offered_to(group) if card.id not in without)


@register.filter
def refusal_area(category: str) -> str:
    return REFUSAL_AREAS.get(category, NO_AREA)


@register.filter
def tokens(file: Attachment | AttachmentView) -> int:
    """What a file costs, to two figures: more would promise too much."""
    estimate = estimated_tokens(file)
    return round(estimate, 2 - len(str(estimate)))


@register.filter
def is_long(file: Attachment | AttachmentView) -> bool:
    """Whether only the beginning of it goes along with a question."""
    return file.kind == "text" and file.size_bytes > MAX_SENT_BYTES


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
    """A duration: under 0.1 s, 0.8 s, 12 s, 2 min 5 s."""
    if milliseconds < 100:
        return "under 0.1 s"
    if milliseconds < 9_950:
        return f"{milliseconds / 1000:.1f} s"
    minutes, rest = divmod(round(milliseconds / 1000), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


@register.filter
def without_placeholder(field: BoundField) -> SafeString:
    """The field's input. A placeholder beside a label repeats it, and goes when the first letter is typed."""
    return field.as_widget(attrs={"placeholder": False})
