"""The pages a person reads: a new chat, a conversation, and the list of them."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe

from conversations.announce.thread import load_earlier, load_thread
from conversations.announce.views import ThreadView
from conversations.claude import catalogue
from conversations.models import Attachment, Conversation
from conversations.web.composer import ComposerView, composer
from conversations.web.days import day_label
from conversations.web.responses import SignedInRequest, signed_in

SIDEBAR_STEP = 100  # conversations shown at first, and more with each step
MAX_SIDEBAR = 5000
MAX_PREFILL = 4000  # characters of an example in an address

EXAMPLES = (
    (
        "Explain something",
        "Explain how public-key encryption works to someone who has never programmed. Use one analogy.",
    ),
    ("Improve a text", "Make this paragraph shorter and clearer, and tell me what you changed:\n\n"),
    ("Review code", "Review this function for bugs and unclear names. Show the better version:\n\n```python\n\n```"),
    ("Weigh a decision", "Help me compare two options. Ask me up to five questions first, one at a time."),
)


@require_safe
@signed_in
def new_conversation(request: SignedInRequest) -> HttpResponse:
    text = request.GET.get("text", "")[:MAX_PREFILL]
    return conversation_page(request, None, None, composer(None, is_active=False, text=text))


@require_safe
@signed_in
def conversation(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    asked_for = get_object_or_404(Conversation.objects.visible_to(request.user), pk=conversation_id)
    thread = load_thread(asked_for.pk)
    return conversation_page(request, asked_for, thread, composer(asked_for, is_active=thread.is_active))


@require_safe
@signed_in
def earlier(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    """Older messages: a piece to put above the others, or a page of its own where no script asks."""
    asked_for = get_object_or_404(Conversation.objects.visible_to(request.user), pk=conversation_id)
    before = number_in(request.GET.get("before", ""))
    if before is None:
        raise Http404
    thread = load_earlier(asked_for.pk, before=before)
    if request.htmx:
        return render(request, "conversations/earlier.html", {"thread": thread})
    return render(request, "conversations/past.html", {"conversation": asked_for, "thread": thread})


@require_safe
@signed_in
def sidebar(request: SignedInRequest) -> HttpResponse:
    """The list of chats: the inside of the sidebar, or a page of its own where no script asks."""
    limit = min(number_in(request.GET.get("show", "")) or SIDEBAR_STEP, MAX_SIDEBAR)
    context = {"sidebar": sidebar_of(request, limit=limit)}
    return render(
        request, "conversations/sidebar_refreshed.html" if request.htmx else "conversations/chats.html", context
    )


def sidebar_of(request: SignedInRequest, *, limit: int = SIDEBAR_STEP) -> dict[str, Any]:
    newest = Conversation.objects.visible_to(request.user).newest_first().only("pk", "title", "active_at")
    chats = list(newest[: limit + 1])
    groups = groupby(chats[:limit], key=lambda chat: day_label(chat.active_at))
    current = current_path(request)
    return {
        "groups": [(label, list(grouped)) for label, grouped in groups],
        "current": current,
        "open_chat": next((chat for chat in chats if current == reverse("conversation", args=[chat.pk])), None),
        "more": limit + SIDEBAR_STEP if len(chats) > limit else None,
    }


def number_in(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None


def current_path(request: SignedInRequest) -> str:
    """The page that the person looks at: for a fragment, the one that asked for it."""
    return (request.htmx.current_url_abs_path if request.htmx else None) or request.path


def draft_refused(
    request: SignedInRequest,
    conversation: Conversation | None,
    *,
    advice: str,
    text: str,
    model: str,
    attachments: Sequence[Attachment],
    status: int = 422,
) -> HttpResponse:
    """The composer again, with everything that was in it and the reason. Without scripts, the whole page."""
    thread = load_thread(conversation.pk) if conversation else None
    draft = composer(
        conversation,
        is_active=bool(thread and thread.is_active),
        text=text,
        model=model,
        advice=advice,
        attachments=attachments,
    )
    if request.htmx:
        return render(request, "conversations/_composer.html", {"composer": draft}, status=status)
    return conversation_page(request, conversation, thread, draft, status=status)


def conversation_page(
    request: SignedInRequest,
    conversation: Conversation | None,
    thread: ThreadView | None,
    draft: ComposerView,
    *,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {"conversation": conversation, "thread": thread, "composer": draft}
    if thread is None:
        context |= {"examples": examples(), "default_model": catalogue.card(draft.model).display_name}
    return render(request, "conversations/conversation.html", context, status=status)


def examples() -> Sequence[tuple[str, str]]:
    """Titles and prompts. The stand-in has its own, which play what it can; rooms name it by path only."""
    found: Sequence[tuple[str, str]] = (
        import_string("conversations.demo.scenes.EXAMPLES") if settings.IS_DEMO else EXAMPLES
    )
    return found
