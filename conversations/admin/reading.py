"""What people wrote, behind a right, a reason and a clock: superusers give a reason too. Each look is written down."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render

from conversations.admin.recorded import page_of, whole_number
from conversations.audit import readings
from conversations.audit.record import record
from conversations.models import Conversation, Message, Reading, User
from conversations.models.audit import Deed
from conversations.models.readings import REASON_LENGTH

AT_ONCE = 50  # messages
LEAST = 10  # characters of a reason; "test" is none


class ReasonForm(forms.Form):
    reason = forms.CharField(min_length=LEAST, max_length=REASON_LENGTH, widget=forms.Textarea({"rows": 3}))


def may_read(request: HttpRequest) -> bool:
    return request.user.has_perms(["conversations.read_words"])


def read(request: HttpRequest, page: Any, conversation_id: UUID) -> HttpResponse:
    """With `answer`, only that one and its question."""
    if not may_read(request):
        raise PermissionDenied
    chats = Conversation.objects.filter(deleted_at=None).select_related("owner").defer("title")
    conversation = get_object_or_404(chats, pk=conversation_id)
    person = cast(User, request.user)
    context = page.admin_site.each_context(request) | {"opts": page.opts, "conversation": conversation}
    if request.method == "POST":
        return _answered(request, person, conversation, context)
    reading = Reading.objects.open_for(person, conversation).order_by("ends_at").last()
    if reading is None:
        return _ask_why(request, ReasonForm(label_suffix=""), context)
    shown = Paginator(_messages(request, conversation), AT_ONCE).get_page(request.GET.get("page"))
    record(request, Deed.READ, of=conversation, facts={"messages": str(len(shown))})
    context |= {"title": "Reading a chat", "reading": reading, "shown": shown, "answer": request.GET.get("answer", "")}
    return render(request, "admin/reading.html", context)


def _answered(request: HttpRequest, person: User, conversation: Conversation, context: dict[str, Any]) -> HttpResponse:
    if "close" in request.POST:
        readings.close(request, person, conversation)
        return HttpResponseRedirect(page_of("conversation_change", conversation.pk))
    form = ReasonForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _ask_why(request, form, context)
    readings.open_for(request, person, conversation, form.cleaned_data["reason"])
    return HttpResponseRedirect(request.get_full_path())


def _ask_why(request: HttpRequest, form: ReasonForm, context: dict[str, Any]) -> HttpResponse:
    context |= {
        "title": "Why do you want to read this chat?",
        "form": form,
        "minutes": f"{settings.READING_S / 60:g}",
        "tells_owner": settings.READING_NOTICE,
    }
    return render(request, "admin/reading_reason.html", context, status=422 if form.errors else 200)


def _messages(request: HttpRequest, conversation: Conversation) -> QuerySet[Message]:
    messages = conversation.messages.oldest_first().prefetch_related("attachments")
    wanted = request.GET.get("answer", "")
    if not wanted:
        return messages
    number = whole_number(wanted) or 0
    return messages.filter(Q(pk=number) | Q(children=number))
