"""A call that waits until the person allows it. The row decides: whoever runs the turn looks at it again and again."""

import asyncio
from uuid import UUID

from django.db import transaction

from conversations.announce.sender import announce_consents
from conversations.models import Conversation, ToolConsent, Turn
from conversations.models.consents import ConsentState
from conversations.turns.live import LiveTurn
from conversations.turns.writer import Writer

LOOK_EVERY_S = 0.5
SHOWN_LOOKS = 250  # some five seconds
DENIED = "The person did not allow this call. Go on without it."
LAPSED = "The person did not say in time whether this call is allowed, so it was not made."


class NotAllowed(Exception):
    """The sentence is for Claude."""


async def require_consent(live: LiveTurn, call_id: str, writer: Writer) -> None:
    """Returns once the person has allowed it. Raises NotAllowed."""
    await _until_shown(live)
    consent_id = await writer.run(_ask, live, call_id)
    while consent_id is not None:
        state = await writer.attempt(_state, consent_id, live)
        match state:
            case ConsentState.ALLOWED:
                return
            case ConsentState.DENIED:
                raise NotAllowed(DENIED)
            case ConsentState.LAPSED:
                raise NotAllowed(LAPSED)
        await asyncio.sleep(LOOK_EVERY_S)
    raise NotAllowed(LAPSED)  # the turn is somebody else's, who closes it


def answer_consent(conversation_id: UUID, consent_id: int, *, is_allowed: bool) -> bool:
    """Whether it was still waiting. Every window is told that it is not any more."""
    state = ConsentState.ALLOWED if is_allowed else ConsentState.DENIED
    consents = ToolConsent.objects.filter(pk=consent_id, turn__conversation=conversation_id)
    with transaction.atomic():
        consent = consents.select_related("turn").first()
        if consent is None or not ToolConsent.objects.waiting().filter(pk=consent.pk).exists():
            return False
        if not ToolConsent.objects.filter(pk=consent.pk).answer(state):
            return False
        revision = Conversation.objects.advance_one(conversation_id)
    announce_consents(consent.turn.answer_id, conversation_id, revision)
    return True


async def _until_shown(live: LiveTurn) -> None:
    """The first frame of an answer draws all of it: the question to the person must come behind it."""
    for _ in range(SHOWN_LOOKS):
        if live.is_shown:
            return
        await asyncio.sleep(0.02)


def _ask(live: LiveTurn, call_id: str) -> int | None:
    """None when the turn is ours no more."""
    with transaction.atomic():
        if not Turn.objects.hold({live.turn_id: live.fence}):
            return None
        revision = Conversation.objects.advance_one(live.conversation_id)
        consent, _ = ToolConsent.objects.get_or_create(turn_id=live.turn_id, call_id=call_id)
    announce_consents(live.answer.id, live.conversation_id, revision)
    return consent.pk


def _state(consent_id: int, live: LiveTurn) -> str:
    """As it is now; one whose time is over lapses by this look."""
    rows = ToolConsent.objects.filter(pk=consent_id)
    state = rows.values_list("state", flat=True).get()
    if state != ConsentState.WAITING or ToolConsent.objects.waiting().filter(pk=consent_id).exists():
        return state
    with transaction.atomic():
        rows.answer(ConsentState.LAPSED)
        revision = Conversation.objects.advance_one(live.conversation_id)
    announce_consents(live.answer.id, live.conversation_id, revision)
    return rows.values_list("state", flat=True).get()
