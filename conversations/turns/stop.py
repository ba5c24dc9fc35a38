"""Stop: a fact in the row, and a nudge for whoever runs the turn, who looks at the row."""

from django.db.models.functions import Now

from conversations.models import Conversation, Turn, TurnStatus
from conversations.turns.finish import Ending, finish
from conversations.wire import topics

NOTHING_YET = Ending(
    status=TurnStatus.STOPPED, reason="stopped", advice="", content=[], attempts=(), refused=None, model=""
)


def request_stop(conversation: Conversation) -> bool:
    """Whether a turn was active. Asking twice, or after the end, does no harm."""
    turn = conversation.turns.active().first()
    if turn is None:
        return False
    Turn.objects.filter(pk=turn.pk, stop_requested_at=None).update(stop_requested_at=Now())
    if not finish(turn.pk, NOTHING_YET, fence=0):  # somebody has claimed it, and ends it
        topics.stop_requests.publish(turn.pk)
    return True
