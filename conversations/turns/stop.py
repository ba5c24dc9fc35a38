"""Stop: a fact in the row, and a nudge for whoever runs the turn, who looks at the row."""

import logging

from django.db.models.functions import Now

from conversations.models import Conversation, Turn, TurnStatus
from conversations.turns.finish import Ending, finish
from conversations.wire import topics

log = logging.getLogger(__name__)

NOTHING_YET = Ending(
    status=TurnStatus.STOPPED, reason="stopped", advice="", content=[], attempts=(), refused=None, model=""
)


def request_stop(conversation: Conversation) -> bool:
    """Whether a turn was active. Asking twice, or after the end, does no harm."""
    turn = conversation.turns.active().first()
    if turn:
        _stop(turn)
    return turn is not None


def stop_unwelcome() -> None:
    """Stop what people had asked who may not sign in any more.

    An admin may deactivate them, a shell or another program: the row says it, and nobody has to tell.
    """
    for turn in Turn.objects.unwelcome().order_by("pk"):
        _stop(turn)
        log.info("turn of a deactivated person stopped", extra={"turn": turn.pk})


def _stop(turn: Turn) -> None:
    Turn.objects.filter(pk=turn.pk, stop_requested_at=None).update(stop_requested_at=Now())
    is_ended = turn.status == TurnStatus.QUEUED and finish(turn.pk, NOTHING_YET, fence=turn.fence)
    if not is_ended:  # somebody has claimed it, and ends it
        topics.stop_requests.publish(turn.pk)
