"""What the composer shows: where it posts, the models to choose from, and a draft that was kept or came back."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.urls import reverse

from conversations.announce.tools import in_words
from conversations.attachments.pdf import MAX_PAGES
from conversations.attachments.refused import MAX_UPLOAD_BYTES
from conversations.attachments.text import MAX_TEXT_BYTES
from conversations.claude import catalogue
from conversations.claude.cards import Lifecycle, ModelCard
from conversations.claude.thinking import other_than_own
from conversations.models import Attachment, Conversation, Draft, PeopleGroup, Project, User
from conversations.roster.offers import first_for, may_ask, offered_to
from conversations.tools.registry import on_offer
from conversations.turns import circuit
from conversations.turns.routing import BEST_FIT
from conversations.web.farewell import day_of, farewell, in_place_of
from conversations.web.forms import MAX_ATTACHMENTS


@dataclass(frozen=True, slots=True)
class ModelChoice:
    id: str
    label: str
    is_absent: bool = False
    efforts: str = ""  # that it takes, by space
    own_effort: str = ""
    thinking: str = ""  # what can be chosen instead of its own way: on, off, or nothing
    context_tokens: int = 0  # that it can read
    image_tokens: int = 0  # that an image takes at most


@dataclass(frozen=True, slots=True)
class Limits:
    """Of what may be attached to one message, named before anything is uploaded."""

    files: int = MAX_ATTACHMENTS
    bytes: int = MAX_UPLOAD_BYTES
    pages: int = MAX_PAGES
    text_bytes: int = MAX_TEXT_BYTES


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
    resets_at: datetime | None = None  # the budget that had no room
    notice: str = ""  # that the model goes, or has gone
    attachments: tuple[Attachment, ...] = ()
    edits: int | None = None  # the question that these words are another version of
    effort: str = ""  # "" for the model's own, and so for thinking
    thinking: str = ""
    saved_as: str = ""  # the save of the draft that it shows
    tools: tuple[tuple[str, str], ...] = ()  # that Claude may use here: the name of each in words, and what it does
    limits: Limits = Limits()
    is_best_fit: bool = False  # `model` is then who answered last, or the site's own

    @property
    def best_fit(self) -> ModelChoice:
        """What is known of it before a question is there: the limits of `model`."""
        return next(choice for choice in self.models if choice.id == self.model)


def kept_composer(
    person: User,
    conversation: Conversation | None,
    project: Project | None = None,
    *,
    is_active: bool,
    example: str = "",
) -> ComposerView:
    """With the draft that this person left here; else with the words of an example. New chats have one, in whatever
    project they are begun.
    """
    draft = Draft.objects.of(person, conversation).unsent().first()
    if draft is None:
        return composer(person, conversation, project, is_active=is_active, text=example)
    view = composer(
        person,
        conversation,
        project,
        is_active=is_active,
        text=draft.text,
        model=draft.model,
        attachments=list(draft.attachments.all()),
    )
    return replace(view, client_id=draft.client_id, saved_as=draft.saved_as)


def composer(
    person: User,
    conversation: Conversation | None,
    project: Project | None = None,
    *,
    is_active: bool,
    text: str = "",
    model: str = "",
    advice: str = "",
    attachments: Sequence[Attachment] = (),
    edits: int | None = None,
    manner: Mapping[str, str] | None = None,
) -> ComposerView:
    """`project` is where a new chat begins, and `manner` what was chosen besides the model, where it differs from what
    the conversation keeps.
    """
    absent = circuit.absent_models()
    is_best_fit = model == BEST_FIT or (not model and conversation is not None and conversation.is_best_fit)
    named = "" if is_best_fit else model
    asked = named or (conversation.model if conversation else "")
    chosen = _chosen(person.group, asked, absent)
    return ComposerView(
        action=_address(conversation, project),
        client_id=uuid4(),
        conversation_id=conversation.pk if conversation else None,
        models=_choices(person.group, chosen, absent),
        model=chosen,
        is_active=is_active,
        text=text,
        advice=advice,
        notice=_notice(person.group, asked),
        attachments=tuple(attachments),
        edits=edits,
        tools=tuple((in_words(name), about.does) for name, about in on_offer(person.group)),
        is_best_fit=is_best_fit,
        **(_kept_manner(conversation) | dict(manner or {})),
    )


def _address(conversation: Conversation | None, project: Project | None) -> str:
    if conversation:
        return reverse("send", args=[conversation.pk])
    return reverse("start-in-project", args=[project.pk]) if project else reverse("start")


def _kept_manner(conversation: Conversation | None) -> dict[str, Any]:
    return {"effort": conversation.effort, "thinking": conversation.thinking} if conversation else {}


def _chosen(group: PeopleGroup | None, asked: str, absent: Collection[str]) -> str:
    """What was asked for, or its successor; else the site's own model, or another one that is there."""
    if asked and may_ask(group, in_place_of(asked)):
        return in_place_of(asked)
    return first_for(group, in_place_of(settings.CLAUDE_DEFAULT_MODEL), absent=absent)


def _notice(group: PeopleGroup | None, asked: str) -> str:
    if not asked:
        return ""  # nobody chose the site's default
    if not may_ask(group, in_place_of(asked)):
        return f"{catalogue.card(asked).display_name} is not for your group. You can go on with another model."
    return farewell(asked)


def _choices(group: PeopleGroup | None, chosen: str, absent: Collection[str]) -> tuple[ModelChoice, ...]:
    """The models on offer, and the chosen one even if it is no longer among them."""
    cards = list(offered_to(group))
    if chosen not in {card.id for card in cards}:
        cards.append(catalogue.card(chosen))
    return tuple(_choice(card, is_absent=card.id in absent) for card in cards)


def _choice(card: ModelCard, *, is_absent: bool) -> ModelChoice:
    return ModelChoice(
        card.id,
        _label(card, is_absent=is_absent),
        is_absent,
        efforts=" ".join(card.efforts),
        own_effort=card.default_effort,
        thinking=other_than_own(card),
        context_tokens=card.context_tokens,
        image_tokens=card.max_image_tokens,
    )


def _label(card: ModelCard, *, is_absent: bool) -> str:
    """Short enough for a phone: what is to be known before choosing, its price as the vendor lists it or its end."""
    if is_absent:
        return f"{card.short_name} · not available just now, choose another"
    if card.lifecycle == Lifecycle.DEPRECATED:
        return f"{card.short_name} · " + (f"until {day_of(card.retires_on)}" if card.retires_on else "retires soon")
    if card.is_price_assumed:
        return f"{card.short_name} · price unknown"
    rates = card.price.rates
    read, written = (_short(usd) for usd in (rates.usd_per_mtok_input, rates.usd_per_mtok_output))
    return f"{card.short_name} · {read} / {written}"


def _short(usd: Decimal) -> str:
    return f"${usd:.0f}" if usd == usd.to_integral_value() else f"${usd:.2f}"
