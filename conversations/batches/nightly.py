"""The batches that the site makes each night by itself, where the owner has switched them on."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from conversations.batches import labels, titles
from conversations.batches.estimate import reserve_for
from conversations.claude import catalogue
from conversations.models import Batch, BatchItem, BatchState, NightlyBatch, Purpose
from conversations.usage.budgets import BudgetSpent

log = logging.getLogger(__name__)

HOUR = time(3)  # in the site's time zone
MOST_ITEMS = 2000  # a night


@dataclass(frozen=True, slots=True)
class Nightly:
    """`subjects` are what there is to do, at most so many; `field` is where an item names its own."""

    name: str
    help: str
    max_tokens: int
    field: str
    subjects: Callable[[], QuerySet[Any]]


NIGHTLY = {
    Purpose.LABEL: Nightly(
        "Label refusals",
        "Claude looks at refusals that nobody has reviewed and suggests what they are. It gets their questions.",
        labels.MAX_TOKENS,
        "refusal",
        labels.to_label,
    ),
    Purpose.TITLE: Nightly(
        "Name chats without a title",
        "Claude names chats that have none, such as imported ones. It gets their first question and answer.",
        titles.MAX_TOKENS,
        "conversation",
        titles.to_title,
    ),
}


def switch(purpose: Purpose, *, is_on: bool) -> None:
    """On from the next night on, or off."""
    NightlyBatch.objects.update_or_create(pk=purpose, defaults={"is_on": is_on, "due_at": next_night()})


def make_tonights() -> int:
    """Make what is due; how many batches that are. Each is made by one process, or by none when nothing is there."""
    return sum(_make(purpose) for purpose in NIGHTLY)


def next_night(now: datetime | None = None) -> datetime:
    local = timezone.localtime(now)
    tonight = timezone.make_aware(datetime.combine(local.date(), HOUR))
    return tonight if tonight > local else timezone.make_aware(datetime.combine(local.date() + timedelta(days=1), HOUR))


@transaction.atomic
def make_now(purpose: Purpose) -> Batch | None:
    """A batch of all there is to do; None when there is nothing. Raises BudgetSpent."""
    nightly = NIGHTLY[purpose]
    subjects, model = list(nightly.subjects()[:MOST_ITEMS]), catalogue.cheapest()
    if not subjects or model is None:
        return None
    batch = Batch.objects.create(
        purpose=purpose, model=model.id, max_tokens=nightly.max_tokens, state=BatchState.QUEUED
    )
    items = (
        BatchItem(batch=batch, number=number, **{nightly.field: subject}) for number, subject in enumerate(subjects, 1)
    )
    BatchItem.objects.bulk_create(items, batch_size=500)
    reserve_for(batch)
    return batch


@transaction.atomic
def _make(purpose: Purpose) -> bool:
    """In the transaction that takes the night: whoever dies before its end leaves it to the next one."""
    is_ours = NightlyBatch.objects.take(purpose, next_at=next_night())
    try:
        return is_ours and make_now(purpose) is not None
    except BudgetSpent:
        log.info("nightly batch has no budget", extra={"purpose": str(purpose)})
        return False
