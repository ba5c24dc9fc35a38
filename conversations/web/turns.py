"""What a person can do with a turn: stop it, try again, go on where it was cut, see how it went before."""

from collections.abc import Callable
from uuid import UUID, uuid4

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from conversations.models import Conversation, Turn
from conversations.roster.offers import offered_to
from conversations.turns.routing import BEST_FIT
from conversations.turns.start import Sending, ask_again, start_turn
from conversations.turns.start_errors import OutOfBudget, StartError
from conversations.turns.stop import request_stop
from conversations.turns.versions import show_version
from conversations.web.farewell import in_place_of
from conversations.web.own import own_answer, own_chat
from conversations.web.pages import draft_refused
from conversations.web.responses import CONFLICT, INVALID, SPENT, SignedInRequest, done, draft_sent, signed_in

# Current models refuse an answer that is already begun, so going on is a new question.
GO_ON = "Continue exactly where you stopped. Do not repeat what is already there."
NOT_OFFERED = "This model is not offered here. Choose another one."


@require_POST
@signed_in
def stop(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    conversation = own_chat(request, conversation_id)
    request_stop(conversation)
    return done(request, conversation.pk)


@require_POST
@signed_in
def retry(request: SignedInRequest, conversation_id: UUID, message_id: int) -> HttpResponse:
    answer = own_answer(request, conversation_id, message_id)
    chat, client_id, model = answer.conversation, _client_id(request), request.POST.get("model", "")
    if model and model not in {card.id for card in offered_to(request.user.group)}:
        return refused(request, chat, NOT_OFFERED, INVALID)
    model = model or in_place_of(chat.model)
    return _asked(request, chat, client_id, lambda: ask_again(request.user, answer, client_id, model=model))


@require_POST
@signed_in
def go_on(request: SignedInRequest, conversation_id: UUID, message_id: int) -> HttpResponse:
    chat = own_answer(request, conversation_id, message_id).conversation
    model = BEST_FIT if chat.is_best_fit else in_place_of(chat.model)
    sending = Sending(_client_id(request), GO_ON, model)
    return _asked(request, chat, sending.client_id, lambda: start_turn(request.user, sending, chat))


@require_POST
@signed_in
def other_version(request: SignedInRequest, conversation_id: UUID, message_id: int) -> HttpResponse:
    conversation = own_chat(request, conversation_id)
    message = get_object_or_404(conversation.messages, pk=message_id)
    try:
        show_version(message, "next" if request.POST.get("step") == "next" else "previous")
    except StartError as refusal:
        return refused(request, conversation, refusal.advice, CONFLICT)
    return done(request, conversation.pk)


def _asked(request: SignedInRequest, chat: Conversation, client_id: UUID, ask: Callable[[], Turn]) -> HttpResponse:
    try:
        ask()
    except OutOfBudget as spent:
        return refused(request, chat, spent.told, SPENT)
    except StartError as refusal:
        return refused(request, chat, refusal.advice, CONFLICT)
    return draft_sent(request, chat.pk, client_id)


def _client_id(request: SignedInRequest) -> UUID:
    """The form's name for this send; a form without one cannot be told from another, so it gets a new one."""
    try:
        return UUID(request.POST.get("client_id", ""))
    except ValueError:
        return uuid4()


def refused(request: SignedInRequest, conversation: Conversation, advice: str, status: int) -> HttpResponse:
    """A script shows the sentence beside what the person may be typing; without one it stands in the composer."""
    if request.htmx:
        return HttpResponse(advice, status=status, content_type="text/plain; charset=utf-8")
    return draft_refused(request, conversation, advice=advice, text="", model="", attachments=(), status=status)
