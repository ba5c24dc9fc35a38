"""The rows of a turn with several requests: each is booked as it ends, so that a process may die at any time."""

from dataclasses import asdict

from django.db import transaction

from conversations.models import Turn
from conversations.turns.booking import book_ended
from conversations.turns.live import LiveTurn


def book_request(live: LiveTurn) -> None:
    """Write down what has ended. Nothing when the turn is ours no more."""
    with transaction.atomic():
        if not Turn.objects.hold({live.turn_id: live.fence}):
            return
        turn = Turn.objects.select_related("asked_by", "conversation").get(pk=live.turn_id)
        book_ended(live.progress.unbooked, turn.asked_by, turn)
    live.progress.unbooked.clear()


def begin_request(live: LiveTurn, attempt: int) -> None:
    """Written before the request goes out: whoever closes this turn for us books that one too."""
    began = {"first_block": live.progress.first_block}
    Turn.objects.held({live.turn_id: live.fence}).update(attempt=attempt, began=began)


def note_began(live: LiveTurn) -> None:
    """A later request of the turn is being answered. Of the first one the flusher writes it, with the first words."""
    Turn.objects.held({live.turn_id: live.fence}).update(began=began_facts(live))


def began_facts(live: LiveTurn) -> dict[str, object] | None:
    """All that the ledger has to go by when this process dies before the request's end."""
    progress = live.progress
    return asdict(progress.began) | {"first_block": progress.first_block} if progress.began else None
