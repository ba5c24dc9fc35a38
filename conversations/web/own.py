"""What a person asks for by its address, if it is theirs. What is somebody else's is simply not there."""

from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404

from conversations.models import Conversation, Message, Project, Role
from conversations.web.responses import SignedInRequest


def own_chat(request: SignedInRequest, conversation_id: UUID) -> Conversation:
    return get_object_or_404(Conversation.objects.visible_to(request.user), pk=conversation_id)


def own_project(request: SignedInRequest, project_id: int) -> Project:
    return get_object_or_404(Project.objects.visible_to(request.user), pk=project_id)


def own_answer(request: SignedInRequest, conversation_id: UUID, message_id: int) -> Message:
    """An ended answer of this very conversation, found through it."""
    answers = own_chat(request, conversation_id).messages.filter(role=Role.ASSISTANT)
    answer = get_object_or_404(answers.select_related("conversation", "parent"), pk=message_id)
    if answer.is_active:
        raise Http404
    return answer
