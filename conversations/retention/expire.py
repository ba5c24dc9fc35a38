"""Chats that outlived their retention are erased for good: pinned, archived and deleted ones alike, with their files.

In small portions, each a transaction together with its row of the audit log, so that neither people nor running answers
wait long behind it, and a process that dies leaves nothing half done.
"""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from conversations.audit.record import record
from conversations.chats.delete import erase
from conversations.models import Chore, Conversation, Turn
from conversations.models.audit import Deed
from conversations.roster.database import in_database

LOOK_EVERY = timedelta(days=1)
AT_ONCE = 50  # chats in a portion
MOST_PORTIONS = 200  # of a run; what is left then is the next one's

log = logging.getLogger(__name__)


async def expire_if_due() -> None:
    """Portion by portion, so that other work with the database comes in between."""
    if not await in_database(Chore.objects.take)("retention", hold=LOOK_EVERY):
        return
    for _ in range(MOST_PORTIONS):
        if await in_database(expire_some)() < AT_ONCE:
            return


def expire() -> int:
    """A run at once; how many chats are gone."""
    gone = 0
    for _ in range(MOST_PORTIONS):
        some = expire_some()
        gone += some
        if some < AT_ONCE:
            break
    return gone


@transaction.atomic
def expire_some() -> int:
    """Those that are silent for longest. What another process erases now, or a person asks in, is left to them."""
    is_answered = Exists(Turn.objects.active().filter(conversation=OuterRef("pk")))
    outlived = Conversation.objects.outlived().exclude(is_answered).order_by("active_at")
    pks = [chat.pk for chat in outlived.select_for_update(skip_locked=True, of=("self",)).only("pk")[:AT_ONCE]]
    if not pks:
        return 0
    gone = erase(Conversation.objects.filter(pk__in=pks))
    record(None, Deed.DELETED, object_type=Conversation._meta.label_lower, facts={"chats past their retention": gone})
    log.info("chats expired", extra={"chats": gone})
    return gone
