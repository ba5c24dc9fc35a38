"""A batch is handed in once: when the answer to that is lost, it is looked for before anything is sent again.

The API lists its batches without what is in them. Those of the same size that are not ours yet are candidates; when
one has ended, the names in its results tell whose it is.
"""

import logging
from collections.abc import Collection
from contextlib import aclosing
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from conversations.batches.works import work_of
from conversations.claude.ask import Ask
from conversations.claude.batches import ENDED, BatchFacts, create, created_since, results, took_nothing
from conversations.claude.errors import ClaudeError, Denied, Rejected
from conversations.models import Batch, BatchState, ItemOutcome
from conversations.models.batches import item_name, item_number
from conversations.roster.database import in_database

log = logging.getLogger(__name__)

FIRST_LOOK_AFTER = timedelta(seconds=5)
AGAIN_AFTER = timedelta(minutes=1)
WHILE_DENIED = timedelta(minutes=5)  # somebody must mend key or payment first
CLOCKS_DIFFER = timedelta(minutes=10)  # between ours and the API's, at most
# A request that nobody has answered may still arrive within this: twice the longest that handing in may take.
SETTLED_AFTER = timedelta(minutes=4)


async def hand_in(batch: Batch) -> None:
    asks = await in_database(_prepared)(batch)
    if not asks:
        return
    try:
        facts = await create(asks)
    except ClaudeError as error:
        log.warning("batch not handed in", extra={"batch": str(batch.pk), "reason": error.reason})
        await in_database(_not_taken)(batch, error)
    else:
        log.info("batch handed in", extra={"batch": str(batch.pk), "requests": len(asks)})
        await in_database(_taken)(batch, facts.id)


async def find(batch: Batch) -> None:
    """Look for a batch that may exist; hand it in again once it is certain that it does not. Raises ClaudeError."""
    listed = await created_since((batch.sent_at or batch.created_at) - CLOCKS_DIFFER)
    known = await in_database(_known)([facts.id for facts in listed])
    candidates = [facts for facts in listed if facts.request_count == batch.request_count and facts.id not in known]
    for facts in candidates:
        if facts.has_results and await _is_this(batch, facts):
            log.info("batch found", extra={"batch": str(batch.pk)})
            await in_database(_taken)(batch, facts.id)
            return
    may_be_one = any(facts.status != ENDED for facts in candidates)
    await in_database(_not_found)(batch, may_be_one=may_be_one)


def wait_after(error: ClaudeError) -> timedelta:
    if error.retry_after_s:
        return timedelta(seconds=error.retry_after_s)
    return WHILE_DENIED if isinstance(error, Denied) else AGAIN_AFTER


def end_unsent(batch: Batch) -> None:
    """Nothing of it is at the API, and nothing will be."""
    batch.items.end_rest(ItemOutcome.CANCELED, "stopped")
    Batch.objects.held(batch.pk, batch.fence).update(state=BatchState.ENDED, ended_at=Now())


async def _is_this(batch: Batch, facts: BatchFacts) -> bool:
    async with aclosing(results(facts.id)) as answers:
        async for answer in answers:
            return item_number(answer.name, batch.pk) is not None
    return False


@transaction.atomic
def _prepared(batch: Batch) -> list[tuple[str, Ask]]:
    """What to hand in; from here on the batch may exist. Nothing when it was cancelled, or is not ours any more."""
    if batch.cancel_requested_at:
        end_unsent(batch)
        return []
    asks = _asks(batch)
    if not asks:
        end_unsent(batch)
        return []
    changes = {"state": BatchState.SENDING, "sent_at": Now(), "request_count": len(asks), "reason": ""}
    is_ours = Batch.objects.held(batch.pk, batch.fence).filter(state=BatchState.QUEUED).update(**changes)
    return asks if is_ours else []


def _asks(batch: Batch) -> list[tuple[str, Ask]]:
    """Of what is still to be asked. An item whose subject is gone goes too."""
    work, asks, gone = work_of(batch.purpose), [], []
    for item in (
        batch.items.pending().in_order().select_related("batch", "conversation", "refusal__usage__turn__question")
    ):
        ask = work.ask(item)
        if ask is None:
            gone.append(item.pk)
        else:
            asks.append((item_name(item), ask))
    batch.items.filter(pk__in=gone).delete()
    return asks


def _taken(batch: Batch, upstream_id: str) -> None:
    """True whoever holds the batch by now, unless it was handed in anew."""
    lost = Batch.objects.filter(pk=batch.pk, state=BatchState.SENDING)
    lost.update(state=BatchState.RUNNING, upstream_id=upstream_id, reason="", due_at=Now() + FIRST_LOOK_AFTER)


def _not_taken(batch: Batch, error: ClaudeError) -> None:
    held = Batch.objects.held(batch.pk, batch.fence)
    if not took_nothing(error):
        held.update(reason=error.reason, due_at=Now() + AGAIN_AFTER)
    elif not isinstance(error, Rejected):
        held.update(state=BatchState.QUEUED, reason=error.reason, due_at=Now() + wait_after(error))
    elif held.update(state=BatchState.FAILED, reason=error.reason, ended_at=Now()) and batch.is_of_site:
        batch.items.end_rest(ItemOutcome.CANCELED, error.reason)  # the next night makes another


def _known(upstream_ids: Collection[str]) -> set[str]:
    return set(Batch.objects.filter(upstream_id__in=upstream_ids).values_list("upstream_id", flat=True))


def _not_found(batch: Batch, *, may_be_one: bool) -> None:
    held = Batch.objects.held(batch.pk, batch.fence)
    is_certain = not may_be_one and held.filter(sent_at__lt=Now() - SETTLED_AFTER).exists()
    if is_certain:
        log.info("batch is not there", extra={"batch": str(batch.pk)})
        held.update(state=BatchState.QUEUED, due_at=Now())
    else:
        held.update(due_at=Now() + AGAIN_AFTER)
