"""The calls of tools that wait for a person's word, as a page shows them under the running answer."""

from uuid import UUID

from conversations.announce.tools import tool_view
from conversations.announce.views import ConsentView
from conversations.models import ToolConsent, TurnEvent


def consents_of(message_id: int, conversation_id: UUID) -> tuple[ConsentView, ...]:
    """With what would go into each, as the journal has it."""
    waiting = list(ToolConsent.objects.waiting().filter(turn__answer=message_id))
    if not waiting:
        return ()
    arrived = TurnEvent.objects.filter(turn__answer=message_id).blocks()
    requests = {block["id"]: block for _, block in arrived if "id" in block}
    calls = ((consent.pk, tool_view(requests.get(consent.call_id, {}), None, is_active=True)) for consent in waiting)
    return tuple(ConsentView(pk, conversation_id, call.name, call.given) for pk, call in calls)
