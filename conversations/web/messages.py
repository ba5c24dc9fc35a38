"""Sending: the first message of a new conversation, and the next one of an existing."""

from functools import partial
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from conversations.models import Attachment, Conversation, Project
from conversations.turns.start import start_turn
from conversations.turns.start_errors import OutOfBudget, StartError
from conversations.web.forms import SendForm
from conversations.web.own import own_chat, own_project
from conversations.web.pages import draft_refused, number_in
from conversations.web.responses import CONFLICT, INVALID, SPENT, SignedInRequest, draft_sent, signed_in


@require_POST
@signed_in
def start(request: SignedInRequest) -> HttpResponse:
    return _send(request, None)


@require_POST
@signed_in
def start_in_project(request: SignedInRequest, project_id: int) -> HttpResponse:
    return _send(request, None, own_project(request, project_id))


@require_POST
@signed_in
def send(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    return _send(request, own_chat(request, conversation_id))


def _send(request: SignedInRequest, conversation: Conversation | None, project: Project | None = None) -> HttpResponse:
    refused = partial(_refused, request, conversation, project)
    form = SendForm(request.POST, group=request.user.group, model=conversation.model if conversation else "")
    if not form.is_valid():
        return refused(form, " ".join(form.sentences), INVALID)
    sending = form.sending()
    try:
        turn = start_turn(request.user, sending, conversation, project=project)
    except OutOfBudget as spent:
        return refused(form, spent.advice, SPENT, spent)
    except StartError as refusal:
        return refused(form, refusal.advice, CONFLICT)
    return draft_sent(request, turn.conversation_id, sending.client_id)


def _refused(
    request: SignedInRequest,
    conversation: Conversation | None,
    project: Project | None,
    form: SendForm,
    advice: str,
    status: int,
    spent: OutOfBudget | None = None,
) -> HttpResponse:
    """Nothing of it is lost: words, model and attachments come back with the reason.

    A question that is edited in the thread still has its words there, and gets the reason alone.
    """
    if request.htmx and "edits" in request.POST:
        return HttpResponse(spent.told if spent else advice, status=status, content_type="text/plain; charset=utf-8")
    kept = Attachment.objects.visible_to(request.user).unsent().filter(pk__in=form.readable_attachment_ids)
    return draft_refused(
        request,
        conversation,
        project,
        advice=advice,
        text=request.POST.get("text", ""),
        model=form.known_model,
        attachments=list(kept),
        edits=number_in(request.POST.get("edits", "")),
        manner=form.manner,
        resets_at=spent.resets_at if spent else None,
        status=status,
    )
