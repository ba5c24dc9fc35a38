"""The API's list of models into rows."""

import logging
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from conversations.claude.access import access_print
from conversations.claude.cards import ListedModel
from conversations.claude.catalogue import canonical
from conversations.claude.errors import ClaudeError
from conversations.claude.failures import failure
from conversations.claude.listing import list_models, released_models
from conversations.claude.model_list import OFFERED
from conversations.claude.providers import Lack, lacks
from conversations.models import ClaudeModel, RosterSync
from conversations.models.roster import LAST
from conversations.roster.database import in_database
from conversations.roster.knowledge import spread
from conversations.roster.prices import keep_listed

log = logging.getLogger(__name__)

SYNC_EVERY = timedelta(days=1)
AGAIN_AFTER_FAILURE = timedelta(hours=1)
HOLD = timedelta(minutes=10)  # for the process that looks; when it dies meanwhile, another one looks after that


async def sync() -> RosterSync:
    """Look now. Raises ClaudeError when the API does not tell; what was known before then stays.

    Of a provider without a list those models become rows that this release knows, so that the owner may choose.
    """
    try:
        listed = released_models() if lacks(Lack.LISTING) else await list_models()
        if not listed:
            raise failure("protocol")  # no key reaches nothing at all
    except ClaudeError as error:
        log.warning("models not synced", extra={"reason": error.reason})
        await in_database(_note)(fault=error.reason)
        raise
    return await in_database(keep)(listed)


async def sync_if_due() -> None:
    """Look when it is time to, and no other process does. A failure has been noted; the next look mends it."""
    if await in_database(_is_our_turn)():
        try:
            await sync()
        except ClaudeError:
            return


def last_sync() -> RosterSync | None:
    return RosterSync.objects.filter(pk=access_print(), ended_at__isnull=False).first()


@transaction.atomic
def keep(listed: Sequence[ListedModel]) -> RosterSync:
    """Write down what the API lists, and what is new about it. Whatever the owner decided stays."""
    keep_listed()
    before = ClaudeModel.objects.in_bulk()
    were_listed = set(ClaudeModel.objects.listed().values_list("pk", flat=True))
    now = timezone.now()
    for model in listed:
        first = {"offered": canonical(model.id) in OFFERED, "position": _place(model)}
        facts = {**asdict(model), "seen_at": now}
        ClaudeModel.objects.update_or_create(pk=model.id, defaults=facts, create_defaults={**facts, **first})
    gone = sorted(were_listed - {model.id for model in listed})
    changes = [
        *(sentence for model in listed for sentence in _changes(before.get(model.id), model)),
        *(f"{model_id} is not listed any more." for model_id in gone),
    ]
    log.info("models synced", extra={"models": len(listed), "changes": len(changes)})
    spread()
    return _note(models=len(listed), changes=changes)


def _changes(row: ClaudeModel | None, model: ListedModel) -> list[str]:
    until = f", retires on {model.retires_at:%Y-%m-%d}" if model.retires_at else ""
    if row is None:
        return [f"{model.id} is new: {model.lifecycle}{until}."]
    if row.lifecycle != model.lifecycle:
        return [f"{model.id} is {model.lifecycle} now, it was {row.lifecycle}{until}."]
    names = ("display_name", "line", "retires_at", "context_tokens", "max_output_tokens", "capabilities")
    changed = [name.replace("_", " ") for name in names if getattr(row, name) != getattr(model, name)]
    return [f"{model.id} changed: {', '.join(changed)}{until}."] if changed else []


def _place(model: ListedModel) -> int:
    known = canonical(model.id)
    return OFFERED.index(known) + 1 if known in OFFERED else LAST


def _is_our_turn() -> bool:
    return RosterSync.objects.take(access_print(), hold=HOLD)


def _note(*, fault: str = "", models: int = 0, changes: Sequence[str] = ()) -> RosterSync:
    due_at = Now() + (AGAIN_AFTER_FAILURE if fault else SYNC_EVERY)
    facts = {"due_at": due_at, "ended_at": timezone.now(), "fault": fault}
    if not fault:
        facts |= {"model_count": models, "changes": list(changes)}
    RosterSync.objects.update_or_create(pk=access_print(), defaults=facts)
    return RosterSync.objects.get(pk=access_print())
