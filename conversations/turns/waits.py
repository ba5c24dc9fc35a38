"""The wait between two attempts: what ended is booked as it ends, so that a process may die at any time."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from conversations.announce.sender import retry_waits, send
from conversations.announce.waits import wait_view
from conversations.claude.errors import ClaudeError
from conversations.claude.events import RetryBegins, RetryWaits
from conversations.models import Conversation, Turn
from conversations.turns.booking import book_ended
from conversations.turns.live import LiveTurn
from conversations.wire import topics


def begin_wait(live: LiveTurn, wait: RetryWaits) -> None:
    """Kept in the turn, so that a window that comes later counts down too. Nothing when the turn is ours no more."""
    until = timezone.now() + timedelta(seconds=wait.wait_s)
    kept = {"reason": wait.reason, "until": until.isoformat(), "next_model": wait.next_model}
    with transaction.atomic():
        if not Turn.objects.hold({live.turn_id: live.fence}):
            return
        revision = Conversation.objects.advance_one(live.conversation_id)
        Turn.objects.filter(pk=live.turn_id).update(wait=kept)
        turn = Turn.objects.select_related("asked_by", "conversation").get(pk=live.turn_id)
        book_ended(live.progress.unbooked, turn.asked_by, turn, live.progress.refused)
    live.progress.unbooked.clear()
    shown = wait_view(wait.reason, wait.wait_s, asked=live.answer.model, next_model=wait.next_model)
    send(live.conversation_id, revision, retry_waits(live.answer.id, shown))


def end_wait(live: LiveTurn, begins: RetryBegins) -> None:
    """Written before the request goes out: whoever closes this turn for us books that one too.

    Raises Turn.DoesNotExist when the turn is ours no more: nobody would book what it cost.
    """
    if not Turn.objects.held({live.turn_id: live.fence}).update(attempt=begins.number):
        raise Turn.DoesNotExist


def wait_in_line(live: LiveTurn, error: ClaudeError) -> bool:
    """Whether the turn stands in the line again, since its model was asked too much before anything was shown.

    Not when it would wait there for too long, or somebody stopped it. Raises Turn.DoesNotExist when it is ours no more.
    """
    if live.progress.began or not error.retryable:
        return False
    with transaction.atomic():
        if not Turn.objects.hold({live.turn_id: live.fence}):
            raise Turn.DoesNotExist
        turn = Turn.objects.select_related("asked_by", "conversation").get(pk=live.turn_id)
        until = timezone.now() + timedelta(seconds=error.retry_after_s or 0)
        kept = {"reason": error.reason, "until": until.isoformat(), "next_model": ""}
        attempt = live.progress.unbooked[-1].number + 1
        is_in_time = until < turn.created_at + timedelta(seconds=settings.TURN_QUEUE_S)
        live.progress.is_stopped = live.progress.is_stopped or turn.stop_requested_at is not None
        if not (is_in_time and Turn.objects.put_back(live.turn_id, live.fence, attempt=attempt, wait=kept)):
            return False
        book_ended(live.progress.unbooked, turn.asked_by, turn)
        revision = Conversation.objects.advance_one(live.conversation_id)
    live.progress.unbooked.clear()
    if error.retry_after_s:
        shown = wait_view(error.reason, error.retry_after_s, asked=live.answer.model, next_model="")
        send(live.conversation_id, revision, retry_waits(live.answer.id, shown))
    topics.queued_turns.publish(live.turn_id)
    return True
