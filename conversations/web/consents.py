"""A person's word on a call of a tool that waits for it."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from conversations.turns.consents import answer_consent
from conversations.web.own import own_chat
from conversations.web.responses import SignedInRequest, done, signed_in


@require_POST
@signed_in
def answer(request: SignedInRequest, conversation_id: UUID, consent_id: int) -> HttpResponse:
    """Too late, or answered by another window: nothing happens, and the page shows how it went."""
    conversation = own_chat(request, conversation_id)
    answer_consent(conversation.pk, consent_id, is_allowed=request.POST.get("answer") == "allow")
    return done(request, conversation.pk)
