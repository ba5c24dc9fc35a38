"""The door for drafts: the composer as it was left, and saving it."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from conversations.drafts.keep import AlreadySent, WrittenElsewhere, keep_draft
from conversations.models import Conversation, Turn
from conversations.web.composer import kept_composer
from conversations.web.forms import DraftForm
from conversations.web.own import own_chat
from conversations.web.responses import CONFLICT, SignedInRequest, signed_in

RESET = 205


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def of_new_chat(request: SignedInRequest) -> HttpResponse:
    return _draft(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def of_conversation(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    return _draft(request, own_chat(request, conversation_id))


def _draft(request: SignedInRequest, conversation: Conversation | None) -> HttpResponse:
    return _save(request, conversation) if request.method == "POST" else _show(request, conversation)


def _save(request: SignedInRequest, conversation: Conversation | None) -> HttpResponse:
    """204 kept; 409 with the other draft; 205 when it is a question already, which is no error."""
    form = DraftForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest("This cannot be kept: a field is missing or makes no sense.")
    try:
        keep_draft(request.user, conversation, form.writing())
    except WrittenElsewhere:
        return _show(request, conversation, status=CONFLICT)
    except AlreadySent:
        return HttpResponse(status=RESET)
    return HttpResponse(status=204)


def _show(request: SignedInRequest, conversation: Conversation | None, *, status: int = 200) -> HttpResponse:
    is_active = Turn.objects.active().filter(conversation=conversation).exists()
    context = {"composer": kept_composer(request.user, conversation, is_active=is_active)}
    return render(request, "conversations/_composer.html", context, status=status)
