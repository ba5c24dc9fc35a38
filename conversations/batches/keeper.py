"""Looks after all batches: hands them in, asks how they are, reads what came of them. One process at a time for each.

A batch is taken for HOLD, longer than any one step may last; a process that dies leaves it to the next one, which goes
on from what its row says.
"""

import logging

from django.db import DatabaseError
from django.db.models.functions import Now

from conversations.batches.collecting import HOLD, look_after
from conversations.batches.handing_in import find, hand_in, wait_after
from conversations.batches.nightly import make_tonights
from conversations.claude.errors import ClaudeError
from conversations.claude.providers import Lack, lacks
from conversations.models import Batch, BatchState
from conversations.roster.database import in_database

log = logging.getLogger(__name__)


async def tend_batches() -> None:
    """Do what is due now. At a provider without batches those of another one wait for the site to come back to it."""
    if lacks(Lack.BATCHES):
        return
    await in_database(make_tonights)()
    while batch := await in_database(_take)():
        await _tend(batch)


def _take() -> Batch | None:
    return Batch.objects.take(hold=HOLD)


async def _tend(batch: Batch) -> None:
    """One step. What broke it is told, and it is taken up again after HOLD."""
    try:
        match batch.state:
            case BatchState.QUEUED:
                await hand_in(batch)
            case BatchState.SENDING:
                await find(batch)
            case BatchState.RUNNING:
                await look_after(batch)
    except ClaudeError as error:
        log.warning("batch waits", extra={"batch": str(batch.pk), "reason": error.reason})
        await in_database(_wait)(batch, error)
    except DatabaseError:
        raise
    except Exception:
        log.exception("batch broke", extra={"batch": str(batch.pk)})


def _wait(batch: Batch, error: ClaudeError) -> None:
    Batch.objects.held(batch.pk, batch.fence).update(reason=error.reason, due_at=Now() + wait_after(error))
