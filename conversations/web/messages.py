"""Sending: the first message of a new conversation, and the next one of an existing."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from conversations.models import Attachment, Conversation
from conversations.turns.start import StartError, start_turn
from conversations.web.forms import DraftForm
from conversations.web.pages import draft_refused
from conversations.web.responses import SignedInRequest, draft_sent, signed_in

INVALID, CONFLICT = 422, 409


@require_POST
@signed_in
def start(request: SignedInRequest) -> HttpResponse:
    return _send(request, None)


@require_POST
@signed_in
def send(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    return _send(request, get_object_or_404(Conversation.objects.visible_to(request.user), pk=conversation_id))


def _send(request: SignedInRequest, conversation: Conversation | None) -> HttpResponse:
    form = DraftForm(request.POST, model=conversation.model if conversation else "")
    if not form.is_valid():
        return _refused(request, conversation, form, " ".join(form.sentences), INVALID)
    draft = form.draft()
    try:
        turn = start_turn(request.user, draft, conversation)
    except StartError as refusal:
        return _refused(request, conversation, form, refusal.advice, CONFLICT)
    return draft_sent(request, turn.conversation_id, draft.client_id)


def _refused(
    request: SignedInRequest, conversation: Conversation | None, form: DraftForm, advice: str, status: int
) -> HttpResponse:
    """Nothing of the draft is lost: words, model and attachments come back with the reason."""
    kept = Attachment.objects.visible_to(request.user).unsent().filter(pk__in=form.attachment_ids)
    return draft_refused(
        request,
        conversation,
        advice=advice,
        text=request.POST.get("text", ""),
        model=form.known_model,
        attachments=list(kept),
        status=status,
    )
