"""What a person can do with a turn: stop it, try again, go on where it was cut."""

from uuid import UUID, uuid4

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from conversations.claude import catalogue
from conversations.models import Conversation, Message, Role
from conversations.turns.start import Draft, StartError, ask_again, start_turn
from conversations.turns.stop import request_stop
from conversations.web.pages import draft_refused
from conversations.web.responses import SignedInRequest, done, draft_sent, signed_in

# Current models refuse an answer that is already begun, so going on is a new question.
GO_ON = "Continue exactly where you stopped. Do not repeat what is already there."
NOT_OFFERED = "This model is not offered here. Choose another one."
INVALID, CONFLICT = 422, 409


@require_POST
@signed_in
def stop(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    conversation = get_object_or_404(Conversation.objects.visible_to(request.user), pk=conversation_id)
    request_stop(conversation)
    return done(request, conversation.pk)


@require_POST
@signed_in
def retry(request: SignedInRequest, conversation_id: UUID, message_id: int) -> HttpResponse:
    answer = _answer(request, conversation_id, message_id)
    client_id, model = _client_id(request), request.POST.get("model", "")
    if model and model not in {card.id for card in catalogue.PICKER}:
        return _refused(request, answer.conversation, NOT_OFFERED, INVALID)
    try:
        ask_again(request.user, answer, client_id, model=model)
    except StartError as refusal:
        return _refused(request, answer.conversation, refusal.advice, CONFLICT)
    return draft_sent(request, conversation_id, client_id)


@require_POST
@signed_in
def go_on(request: SignedInRequest, conversation_id: UUID, message_id: int) -> HttpResponse:
    answer = _answer(request, conversation_id, message_id)
    draft = Draft(_client_id(request), GO_ON, answer.conversation.model)
    try:
        start_turn(request.user, draft, answer.conversation)
    except StartError as refusal:
        return _refused(request, answer.conversation, refusal.advice, CONFLICT)
    return draft_sent(request, conversation_id, draft.client_id)


def _answer(request: SignedInRequest, conversation_id: UUID, message_id: int) -> Message:
    """An ended answer of this very conversation, found through it: a stranger's id is simply not there."""
    conversation = get_object_or_404(Conversation.objects.visible_to(request.user), pk=conversation_id)
    answers = conversation.messages.filter(role=Role.ASSISTANT).select_related("conversation", "parent")
    answer = get_object_or_404(answers, pk=message_id)
    if answer.is_active:
        raise Http404
    return answer


def _client_id(request: SignedInRequest) -> UUID:
    """The form's name for this send; a form without one cannot be told from another, so it gets a new one."""
    try:
        return UUID(request.POST.get("client_id", ""))
    except ValueError:
        return uuid4()


def _refused(request: SignedInRequest, conversation: Conversation, advice: str, status: int) -> HttpResponse:
    """A script shows the sentence beside what the person may be typing; without one it stands in the composer."""
    if request.htmx:
        return HttpResponse(advice, status=status, content_type="text/plain; charset=utf-8")
    return draft_refused(
        request, conversation, advice=advice, text="", model=conversation.model, attachments=(), status=status
    )
