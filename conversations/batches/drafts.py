"""What a person does with a batch: makes it from a file, confirms it, cancels it, tries again."""

from collections.abc import Sequence
from itertools import islice

from django.db import transaction
from django.db.models.functions import Now

from conversations.batches.estimate import reserve_for
from conversations.batches.prompts import Prompt
from conversations.models import Batch, BatchItem, BatchState, Purpose, User
from conversations.models.batches import FILE_NAME_LENGTH

ROWS_AT_ONCE = 100


def make_draft(person: User, prompts: Sequence[Prompt], *, model: str, max_tokens: int, file_name: str) -> Batch:
    """A batch that nobody hands in before it is confirmed.

    Ten thousand rows at once would keep running answers from being saved for seconds, so they come in portions, and
    the batch is nobody's until it has them all: left behind, it is swept.
    """
    batch = Batch.objects.create(
        purpose=Purpose.BATCH,
        model=model,
        max_tokens=max_tokens,
        file_name=file_name.replace("\0", "")[:FILE_NAME_LENGTH],
    )
    items = (
        BatchItem(batch=batch, number=number, key=each.key, system=each.system, prompt=each.prompt)
        for number, each in enumerate(prompts, 1)
    )
    while portion := list(islice(items, ROWS_AT_ONCE)):
        BatchItem.objects.bulk_create(portion)
    batch.person = person
    batch.save(update_fields=["person"])
    return batch


def confirm(batch: Batch) -> bool:
    """Whether this call put it in line; a repeated one changes nothing. Raises BudgetSpent."""
    return _queue(batch, BatchState.DRAFT)


def try_again(batch: Batch) -> bool:
    """Whether a batch that the API had refused is in line again. Raises BudgetSpent."""
    return _queue(batch, BatchState.FAILED)


def request_cancel(batch: Batch) -> bool:
    """Whether it was still under way. What is answered already stays and is paid for."""
    active = Batch.objects.active().filter(pk=batch.pk, cancel_requested_at=None)
    return active.update(cancel_requested_at=Now(), due_at=Now()) == 1


@transaction.atomic
def _queue(batch: Batch, state: BatchState) -> bool:
    changes = {"state": BatchState.QUEUED, "due_at": Now(), "reason": "", "ended_at": None}
    if not Batch.objects.filter(pk=batch.pk, state=state).update(**changes):
        return False
    reserve_for(batch)
    return True
