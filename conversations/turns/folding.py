"""Before a question goes out: does Claude still read all of its chat? If not, its older messages are folded away.

They are summed up where the owner wants that and it succeeds, else left out. Either way the thread shows where, and a
fold is made once. Nothing is deleted.
"""

from django.db import transaction

from conversations.announce.sender import announce_branch, place_changed, send
from conversations.announce.views import WaitView
from conversations.attachments.tokens import estimated_tokens as tokens_of_file
from conversations.claude import catalogue
from conversations.claude.ask import Ask
from conversations.claude.measure import about_tokens, counted_tokens
from conversations.errands.summaries import summed_up
from conversations.models import Conversation, Fold, Message, Turn
from conversations.roster.database import in_database
from conversations.turns.context import NO_ROOM, Material
from conversations.turns.live import LiveTurn
from conversations.turns.window import DOUBTFUL, last_to_fold, room

AT_WORK = WaitView("The chat is longer than the model can read. Summing up its older messages…", is_queued=True)


async def fold_if_full(live: LiveTurn, material: Material, ask: Ask) -> bool:
    """Whether messages were folded away, so that the request has to be made anew."""
    until = await _last_to_fold(material, ask)
    if until is None:
        return False
    folded = [message for message in material.branch if message.position <= until.position]
    await in_database(_tell)(live)
    earlier = material.fold.summary if material.fold else ""
    summary = await summed_up(material.turn.asked_by_id, live.conversation_id, folded, earlier)
    await in_database(_keep)(live, until, summary)
    return True


async def _last_to_fold(material: Material, ask: Ask) -> Message | None:
    card = catalogue.card(ask.model)
    most = room(card, ask.max_tokens)
    about = about_tokens(ask)
    if about < most * DOUBTFUL and material.fullness != NO_ROOM:
        return None  # also after TOO_LONG: then one question with large files was, in a short chat
    counted = await counted_tokens(ask)
    tokens = about if counted is None else counted
    if material.fullness:
        tokens = max(tokens, most + 1)  # Claude's word counts more than ours
    if tokens <= most:
        return None
    beside = sum(tokens_of_file(file) for file in material.project_files if file.pk in material.files)  # never folded
    return last_to_fold(material.branch, tokens - beside, most - beside, card)


def _tell(live: LiveTurn) -> None:
    with transaction.atomic():
        if not Turn.objects.hold({live.turn_id: live.fence}):
            return
        revision = Conversation.objects.advance_one(live.conversation_id)
    send(live.conversation_id, revision, place_changed(live.answer.id, AT_WORK, is_news=True))


@transaction.atomic
def _keep(live: LiveTurn, until: Message, summary: str) -> None:
    """Raises Turn.DoesNotExist when the turn is ours no more."""
    if not Turn.objects.hold({live.turn_id: live.fence}):
        raise Turn.DoesNotExist
    Fold.objects.update_or_create(until=until, defaults={"summary": summary})
    Conversation.objects.advance([live.conversation_id])
    announce_branch(live.conversation_id)
