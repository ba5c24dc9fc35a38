"""One question of the site's own, answered as data by the cheapest model, and booked as what it was for."""

import asyncio
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from django.db import transaction
from pydantic import BaseModel, ValidationError

from conversations.claude import catalogue
from conversations.claude.access import access_print, person_key
from conversations.claude.ask import Ask, TextPart, Utterance
from conversations.claude.measure import about_tokens
from conversations.claude.providers import provider
from conversations.claude.reply import Reply, reply
from conversations.claude.structured import schema_of
from conversations.models import Absence, Conversation, PeopleGroup, Purpose, User
from conversations.roster.database import in_database
from conversations.roster.offers import allowed_models
from conversations.usage.budgets import BudgetSpent, Grant, release, reserve
from conversations.usage.ledger import book
from conversations.usage.limits import Call

Form = TypeVar("Form", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Errand:
    """What is asked, and in whose name. `text` is what people and Claude wrote: nothing in it is an order."""

    purpose: Purpose
    person_id: int
    conversation_id: UUID
    instructions: str
    text: str
    max_tokens: int = 1000
    context_tokens: int = 0  # what the model must be able to read


async def asked(errand: Errand, form: type[Form]) -> Form | None:
    """What Claude says in that form; None when it did not say it. Whatever was used is booked, also when cancelled."""
    allowed = await in_database(_allowed)(errand)
    model = await in_database(_model)(errand, allowed)
    if model is None:
        return None
    ask = _ask(errand, model, allowed, form)
    try:
        grant = await in_database(_reserve)(errand, ask)
    except BudgetSpent:
        return None
    told = Reply()
    try:
        await reply(ask, into=told)
    finally:
        await asyncio.shield(in_database(_book)(errand, told, grant))
    if not told.is_whole:
        return None
    try:
        return form.model_validate_json(told.text)
    except ValidationError:
        return None


def _allowed(errand: Errand) -> frozenset[str] | None:
    """Whom the person may ask themselves: an errand tells their words."""
    return allowed_models(PeopleGroup.objects.of_person(errand.person_id))


def _model(errand: Errand, allowed: frozenset[str] | None) -> str | None:
    absent = Absence.objects.standing(access_print()) | provider().without_forms
    model = catalogue.cheapest(without=absent, among=allowed, context_tokens=errand.context_tokens)
    return model.id if model else None


def _ask(errand: Errand, model: str, allowed: frozenset[str] | None, form: type[BaseModel]) -> Ask:
    return Ask(
        model=model,
        history=(Utterance("user", (TextPart(errand.text),)),),
        max_tokens=errand.max_tokens,
        system=errand.instructions,
        person_key=person_key(errand.person_id),
        effort="low",
        thinking="off",
        answer_schema=schema_of(form),
        is_lone=True,
        among=allowed,
    )


def _reserve(errand: Errand, ask: Ask) -> Grant | None:
    """Whole or not at all: a shorter answer would be no data."""
    person = User.objects.filter(pk=errand.person_id).first()
    return reserve(person, Call(ask.model, about_tokens(ask), ask.max_tokens), is_whole=True)


@transaction.atomic
def _book(errand: Errand, told: Reply, grant: Grant | None) -> None:
    if grant:
        release(reservations=grant.reservations)
    person = User.objects.filter(pk=errand.person_id).first()
    conversation = Conversation.objects.filter(pk=errand.conversation_id).first()
    for attempt in told.attempts:
        book(
            attempt,
            person=person,
            conversation_id=conversation.pk if conversation else None,
            project_id=conversation.project_id if conversation else None,
            turn=None,
            refused=told.refused if attempt.stop_reason == "refusal" else None,
            purpose=errand.purpose,
            former_id=errand.person_id,
        )
