"""What a person does with a chat as a whole: rename, pin, archive, delete, and undo that."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from conversations.audit.record import record
from conversations.chats import delete as deleting
from conversations.chats import keep
from conversations.models import Conversation
from conversations.models.audit import Deed
from conversations.turns.stop import request_stop
from conversations.web.own import own_chat, own_project
from conversations.web.pages import chats_of, number_in, sidebar_of
from conversations.web.responses import SignedInRequest, see_other, signed_in


@require_POST
@signed_in
def rename(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    chat = own_chat(request, conversation_id)
    keep.rename(chat, request.POST.get("title", "").replace("\x00", ""))
    return _changed(request, chat)


@require_POST
@signed_in
def move(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    """Into the project of that number, or with "" out of any."""
    chat, wanted = own_chat(request, conversation_id), request.POST.get("project", "none")
    keep.move(chat, own_project(request, number_in(wanted) or 0) if wanted else None)
    return _changed(request, chat)


@require_POST
@signed_in
def change(request: SignedInRequest, conversation_id: UUID, make: Callable[[Conversation], None]) -> HttpResponse:
    chat = own_chat(request, conversation_id)
    make(chat)
    return _changed(request, chat)


@require_POST
@signed_in
def delete(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    """To a new chat, where it can be undone for a moment."""
    chat = own_chat(request, conversation_id)
    request_stop(chat)
    deleting.delete(chat)
    record(request, Deed.DELETED, of=chat)
    return see_other(f"{reverse('new-conversation')}?deleted={chat.pk}")


@require_POST
@signed_in
def undelete(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    chat = get_object_or_404(Conversation.objects.deleted_by(request.user), pk=conversation_id)
    deleting.undelete(chat)
    return see_other(reverse("conversation", args=[chat.pk]))


@require_safe
@signed_in
def archived(request: SignedInRequest) -> HttpResponse:
    chats = Conversation.objects.visible_to(request.user).exclude(archived_at=None).newest_first()
    return render(request, "conversations/archived.html", {"groups": chats_of(chats)})


def _changed(request: SignedInRequest, chat: Conversation) -> HttpResponse:
    """The list of chats with the name and the menu of this one; without a script its page."""
    if not request.htmx:
        return see_other(reverse("conversation", args=[chat.pk]))
    context: dict[str, Any] = {"sidebar": sidebar_of(request) | {"open_chat": chat}}
    return render(request, "conversations/sidebar_refreshed.html", context)
