"""The pages a person reads: a new chat, a conversation, and the list of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe

from conversations.announce.thread import load_earlier, load_thread
from conversations.announce.views import ThreadView
from conversations.claude import catalogue
from conversations.models import Attachment, Conversation, Message, Project, Role
from conversations.web.composer import ComposerView, composer, kept_composer
from conversations.web.days import day_label
from conversations.web.own import own_chat, own_project
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
    return _new_conversation(request, None)


@require_safe
@signed_in
def new_conversation_in_project(request: SignedInRequest, project_id: int) -> HttpResponse:
    return _new_conversation(request, own_project(request, project_id))


def _new_conversation(request: SignedInRequest, project: Project | None) -> HttpResponse:
    example = request.GET.get("text", "")[:MAX_PREFILL]
    draft = kept_composer(request.user, None, project, is_active=False, example=example)
    return conversation_page(request, None, None, draft, project, deleted=_deleted(request))


def _deleted(request: SignedInRequest) -> Conversation | None:
    """The chat that this person deleted a moment ago."""
    try:
        wanted = UUID(request.GET.get("deleted", ""))
    except ValueError:
        return None
    return Conversation.objects.deleted_by(request.user).filter(pk=wanted).first()


@require_safe
@signed_in
def conversation(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    asked_for = own_chat(request, conversation_id)
    if number_in(request.GET.get("seen", "")) == asked_for.revision:
        return HttpResponse(status=204)  # to a window without a socket, which looks again and again
    thread = load_thread(asked_for.pk)
    edited = _edited(asked_for, request.GET.get("edit", ""))
    if edited is not None:
        draft = composer(request.user, asked_for, is_active=thread.is_active, text=edited.text, edits=edited.pk)
    else:
        draft = kept_composer(request.user, asked_for, is_active=thread.is_active)
    return conversation_page(request, asked_for, thread, draft)


def _edited(conversation: Conversation, wanted: str) -> Message | None:
    """The question to change, where no script opens it in its place."""
    return conversation.messages.filter(pk=number_in(wanted) or 0, role=Role.USER).first()


@require_safe
@signed_in
def earlier(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    """Older messages: a piece to put above the others, or a page of its own where no script asks."""
    asked_for = own_chat(request, conversation_id)
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
    listed = Conversation.objects.visible_to(request.user).filter(archived_at=None).pinned_first()
    chats = list(listed.only("title", "active_at", "pinned_at", "archived_at")[: limit + 1])
    current = current_path(request)
    return {
        "groups": chats_of(chats[:limit]),
        "current": current,
        "open_chat": next((chat for chat in chats if current == reverse("conversation", args=[chat.pk])), None),
        "more": limit + SIDEBAR_STEP if len(chats) > limit else None,
        "retention_days": request.user.retention_days,
    }


def chats_of(chats: Iterable[Conversation]) -> list[tuple[str, list[Conversation]]]:
    """By day, in their order; pinned ones under a heading of their own."""
    groups = groupby(chats, key=lambda chat: "Pinned" if chat.pinned_at else day_label(chat.active_at))
    return [(label, list(grouped)) for label, grouped in groups]


def number_in(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None


def current_path(request: SignedInRequest) -> str:
    """The page that the person looks at: for a fragment, the one that asked for it."""
    return (request.htmx.current_url_abs_path if request.htmx else None) or request.path


def draft_refused(
    request: SignedInRequest,
    conversation: Conversation | None,
    project: Project | None = None,
    *,
    advice: str,
    text: str,
    model: str,
    attachments: Sequence[Attachment],
    edits: int | None = None,
    manner: Mapping[str, str] | None = None,
    resets_at: datetime | None = None,
    status: int = 422,
) -> HttpResponse:
    """The composer again, with everything that was in it and the reason. Without scripts, the whole page."""
    thread = load_thread(conversation.pk) if conversation else None
    draft = composer(
        request.user,
        conversation,
        project,
        is_active=bool(thread and thread.is_active),
        text=text,
        model=model,
        advice=advice,
        attachments=attachments,
        edits=edits,
        manner=manner,
    )
    draft = replace(draft, resets_at=resets_at)
    if request.htmx:
        return render(request, "conversations/_composer.html", {"composer": draft}, status=status)
    return conversation_page(request, conversation, thread, draft, project, status=status)


def conversation_page(
    request: SignedInRequest,
    conversation: Conversation | None,
    thread: ThreadView | None,
    draft: ComposerView,
    project: Project | None = None,
    *,
    deleted: Conversation | None = None,
    status: int = 200,
) -> HttpResponse:
    """`project` is where a new chat begins; one that is there knows its own."""
    context: dict[str, Any] = {"conversation": conversation, "thread": thread, "composer": draft, "deleted": deleted}
    context["project"] = conversation.project if conversation else project
    if thread is None:
        context |= {"examples": examples(), "default_model": _who_answers(draft)}
    return render(request, "conversations/conversation.html", context, status=status)


def _who_answers(draft: ComposerView) -> str:
    return "The best fit" if draft.is_best_fit else catalogue.card(draft.model).display_name


def examples() -> Sequence[tuple[str, str]]:
    """Titles and prompts. The stand-in has its own, which play what it can; rooms name it by path only."""
    found: Sequence[tuple[str, str]] = (
        import_string("conversations.demo.scenes.EXAMPLES") if settings.IS_DEMO else EXAMPLES
    )
    return found
