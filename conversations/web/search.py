"""Searching one's own chats, and opening one at the message that was found."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from conversations.announce.thread import load_thread
from conversations.search.find import find
from conversations.web.own import own_chat
from conversations.web.responses import SignedInRequest, signed_in

MAX_WORDS_CHARS = 200


@require_safe
@signed_in
def search(request: SignedInRequest) -> HttpResponse:
    """What was found: the inside of the dialog, or a page of its own where no script asks."""
    words = request.GET.get("q", "").replace("\x00", "")[:MAX_WORDS_CHARS].strip()
    context = {"words": words, "hits": find(request.user, words)}
    return render(request, "conversations/_found.html" if request.htmx else "conversations/search.html", context)


@require_safe
@signed_in
def at_message(request: SignedInRequest, conversation_id: UUID, message_id: int) -> HttpResponse:
    """To the page of the thread that has this message."""
    chat = own_chat(request, conversation_id)
    message = get_object_or_404(chat.messages.only("position"), pk=message_id)
    thread = load_thread(chat.pk)
    address = reverse("conversation", args=[chat.pk])
    if message_id not in {shown.id for shown in thread.messages}:
        address = f"{reverse('earlier', args=[chat.pk])}?before={message.position + 1}"
    return redirect(f"{address}#message-{message_id}")
