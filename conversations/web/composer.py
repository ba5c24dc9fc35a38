"""What the composer shows: where it posts, the models to choose from, and a draft that came back."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.conf import settings
from django.urls import reverse

from conversations.claude import catalogue
from conversations.models import Attachment, Conversation


@dataclass(frozen=True, slots=True)
class ModelChoice:
    id: str
    label: str


@dataclass(frozen=True, slots=True)
class ComposerView:
    action: str
    client_id: UUID  # names the send that will be made from this form, so that a repeat of it is harmless
    conversation_id: UUID | None
    models: tuple[ModelChoice, ...]
    model: str
    is_active: bool
    text: str = ""
    advice: str = ""
    attachments: tuple[Attachment, ...] = ()


def composer(
    conversation: Conversation | None,
    *,
    is_active: bool,
    text: str = "",
    model: str = "",
    advice: str = "",
    attachments: Sequence[Attachment] = (),
) -> ComposerView:
    chosen = model or (conversation.model if conversation else settings.CLAUDE_DEFAULT_MODEL)
    return ComposerView(
        action=reverse("send", args=[conversation.pk]) if conversation else reverse("start"),
        client_id=uuid4(),
        conversation_id=conversation.pk if conversation else None,
        models=choices(chosen),
        model=chosen,
        is_active=is_active,
        text=text,
        advice=advice,
        attachments=tuple(attachments),
    )


def choices(chosen: str) -> tuple[ModelChoice, ...]:
    """The models on offer, and the chosen one even if it is no longer among them."""
    cards = list(catalogue.PICKER)
    if chosen not in {card.id for card in cards}:
        cards.append(catalogue.card(chosen))
    return tuple(ModelChoice(card.id, _label(card)) for card in cards)


def _label(card: catalogue.ModelCard) -> str:
    """Prices per million tokens, what is read and what is written, as the vendor lists them."""
    read, written = (f"{usd.normalize():f}" for usd in (card.rates.usd_per_mtok_input, card.rates.usd_per_mtok_output))
    return f"{card.display_name} · ${read} in, ${written} out"
