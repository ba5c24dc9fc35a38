"""The results of a batch into its items and the ledger: each once, however often they are read.

A portion is one transaction that begins by locking the batch, so a process that lost it, or read the same lines before,
finds nothing to write.
"""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from datetime import timedelta
from http import HTTPStatus
from typing import cast
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from conversations.batches.handing_in import AGAIN_AFTER
from conversations.batches.works import work_of
from conversations.claude.batch_answers import BatchAnswer, Outcome
from conversations.claude.batches import ENDED, cancel, look, results
from conversations.claude.errors import ClaudeError
from conversations.models import Batch, BatchItem, BatchState, ItemOutcome, Purpose, User
from conversations.models.batches import item_number
from conversations.roster.database import in_database
from conversations.usage.ledger import book

log = logging.getLogger(__name__)

HOLD = timedelta(minutes=10)
PORTION = 10  # results in one transaction, some 20 ms: running answers save their words in between
MOST_READINGS = 5  # of results that lack some
GONE = "results_gone"
OUTCOMES = {
    Outcome.SUCCEEDED: ItemOutcome.SUCCEEDED,
    Outcome.ERRORED: ItemOutcome.ERRORED,
    Outcome.CANCELED: ItemOutcome.CANCELED,
    Outcome.EXPIRED: ItemOutcome.EXPIRED,
}


async def look_after(batch: Batch) -> None:
    """See how it is, pass a cancellation on, and read the results once there are some. Raises ClaudeError."""
    try:
        facts = await look(batch.upstream_id)
        if batch.cancel_requested_at and facts.status == "in_progress":
            facts = await cancel(batch.upstream_id)
        if facts.status != ENDED:
            await in_database(_later)(batch)
        elif facts.has_results:
            await _read(batch)
        else:
            await in_database(_lose)(batch, GONE)
    except ClaudeError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        await in_database(_lose)(batch, GONE)


async def _read(batch: Batch) -> None:
    async with aclosing(results(batch.upstream_id)) as answers:
        async for portion in _portions(answers):
            if not await in_database(keep)(batch, portion):
                log.warning("batch lost", extra={"batch": str(batch.pk)})
                return
    await in_database(_end)(batch)


async def _portions(answers: AsyncIterator[BatchAnswer]) -> AsyncIterator[list[BatchAnswer]]:
    portion: list[BatchAnswer] = []
    async for answer in answers:
        portion.append(answer)
        if len(portion) == PORTION:
            yield portion
            portion = []
    if portion:
        yield portion


@transaction.atomic
def keep(batch: Batch, answers: Sequence[BatchAnswer]) -> bool:
    """Whether the batch is still ours; then these results are kept. What was kept before, or is not ours, is left."""
    ours = Batch.objects.held(batch.pk, batch.fence).select_for_update().first()
    if ours is None:
        return False
    Batch.objects.filter(pk=ours.pk).update(due_at=Now() + HOLD)
    by_number = {item_number(answer.name, batch.pk): answer for answer in answers}
    numbers = [number for number in by_number if number is not None]
    for item in ours.items.pending().filter(number__in=numbers).select_related("conversation__owner", "refusal"):
        _settle(ours, item, by_number[item.number])
    return True


def _settle(batch: Batch, item: BatchItem, answer: BatchAnswer) -> None:
    work = work_of(batch.purpose)
    attempt = answer.attempt(batch.model, batch.sent_at or timezone.now())
    item.usage = book(
        attempt,
        person=_payer(batch, item),
        conversation_id=_conversation(item),
        project_id=item.conversation.project_id if item.conversation else None,
        turn=None,
        refused=answer.refused if batch.purpose == Purpose.BATCH else None,
        purpose=cast(Purpose, batch.purpose),
        batch=batch,
    )
    item.outcome = ItemOutcome.REFUSED if answer.refused else OUTCOMES[answer.outcome]
    item.stop_reason, item.reason = item.usage.stop_reason, item.usage.reason
    if work.keeps_words:
        item.answer = answer.text.replace("\0", "")
    item.save(update_fields=["usage", "outcome", "stop_reason", "reason", "answer"])
    if answer.is_whole:
        work.take(item, answer)


def _payer(batch: Batch, item: BatchItem) -> User | None:
    """Who made the batch; the owner of a chat for its title; nobody for what the site does for itself."""
    return item.conversation.owner if item.conversation else batch.person


def _conversation(item: BatchItem) -> UUID | None:
    return item.conversation_id or (item.refusal.conversation_id if item.refusal else None)


def _later(batch: Batch) -> None:
    """Soon at first, then once a minute: most batches take minutes, some hours."""
    age = timezone.now() - (batch.sent_at or timezone.now())
    wait = min(AGAIN_AFTER, max(timedelta(seconds=5), age / 10))
    Batch.objects.held(batch.pk, batch.fence).update(due_at=Now() + wait, reason="")


@transaction.atomic
def _end(batch: Batch) -> None:
    """All results were read. When some were not among them, they are read again before those are given up."""
    held = Batch.objects.held(batch.pk, batch.fence)
    if batch.items.pending().exists() and batch.readings + 1 < MOST_READINGS:
        held.update(readings=batch.readings + 1, reason="protocol", due_at=Now() + AGAIN_AFTER)
    else:
        _lose(batch, "protocol")


@transaction.atomic
def _lose(batch: Batch, reason: str) -> None:
    """The end of the batch. What is still waiting has lost its result: whether it was paid for, nobody can tell."""
    held = Batch.objects.held(batch.pk, batch.fence)
    if not held.update(state=BatchState.ENDED, ended_at=Now(), reason=""):
        return
    lost = batch.items.end_rest(ItemOutcome.LOST, reason)
    if lost:
        held.update(reason=reason)
        log.warning("results lost", extra={"batch": str(batch.pk), "items": lost, "reason": reason})
    log.info("batch ended", extra={"batch": str(batch.pk)})
