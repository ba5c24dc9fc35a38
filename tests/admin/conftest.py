"""Staff with less than everything, and a conversation whose every word is a canary."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from conversations.claude.events import Refused
from conversations.models import (
    Attachment,
    Conversation,
    Message,
    RefusalEvent,
    Role,
    Turn,
    TurnStatus,
    UsageEntry,
    User,
)
from tests.usage.attempts import OPUS, attempt, booked

CANARY = "canary"


@dataclass(frozen=True)
class Chat:
    """Alice's chat with a title, a question with a picture, an answer, and a refusal, all of them canaries."""

    conversation: Conversation
    answer: Message
    entry: UsageEntry
    refusal: RefusalEvent


@pytest.fixture
def chat(alice: User) -> Chat:
    conversation = Conversation.objects.create(owner=alice, title=f"{CANARY} title", model=OPUS)
    words = [{"type": "text", "text": f"{CANARY} words"}]
    question = Message.objects.create(conversation=conversation, position=0, role=Role.USER, content=words)
    answer = Message.objects.create(
        conversation=conversation, position=1, role=Role.ASSISTANT, parent=question, content=words, model=OPUS
    )
    Attachment.objects.create(
        owner=alice, message=question, name=f"{CANARY}.png", media_type="image/png", width=1, height=1, size_bytes=1
    )
    turn = Turn.objects.create(
        conversation=conversation,
        question=question,
        answer=answer,
        asked_by=alice,
        client_id=uuid4(),
        model=OPUS,
        status=TurnStatus.REFUSED,
    )
    refused = Refused("cyber", "It may touch on attacks.", after_text=False)
    ended = attempt(stop_reason="refusal", request_id="req_chat")
    entry = booked(alice, ended, conversation=conversation, turn=turn, refused=refused)
    return Chat(conversation, answer, entry, RefusalEvent.objects.get())


StaffWith = Callable[..., Client]


@pytest.fixture
def staff_with(cleo: User) -> StaffWith:
    """Cleo as staff with these permissions alone, signed in."""

    def staff(*codenames: str) -> Client:
        cleo.is_superuser = False
        cleo.save(update_fields=["is_superuser"])
        permissions = Permission.objects.filter(content_type__app_label="conversations", codename__in=codenames)
        assert permissions.count() == len(codenames)
        cleo.user_permissions.set(permissions)
        client = Client()
        client.force_login(cleo)
        return client

    return staff
