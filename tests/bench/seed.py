"""People with sessions and empty conversations, for the site that starts afterwards.

`python -m tests.bench.seed PEOPLE CONVERSATIONS_EACH` prints them as JSON. Of several conversations the first holds a
question and its answer.
Signing up by the front door costs half a second of password hashing a head, and is not what is measured here.
"""

import json
import os
import sys

import django

SEATS, CONVERSATIONS_EACH = (int(number) for number in sys.argv[1:3])
os.environ["DJANGO_SETTINGS_MODULE"] = "chatsite.settings"
django.setup()

from django.conf import settings  # noqa: E402
from django.db import transaction  # noqa: E402
from django.test import Client  # noqa: E402

from conversations.models import Conversation, Role, User  # noqa: E402
from tests.bench.answers import compose  # noqa: E402


def seat(number: int) -> dict[str, object]:
    """One person: the session key and the ids of their conversations."""
    person = User.objects.create(username=f"guest-{number}", email=f"guest-{number}@example.com")
    model = settings.CLAUDE_DEFAULT_MODEL
    conversations = [Conversation(owner=person, title="Bench", model=model) for _ in range(CONVERSATIONS_EACH)]
    Conversation.objects.bulk_create(conversations)
    if len(conversations) > 1:
        _talk(conversations[0])
    browser = Client()
    browser.force_login(person)
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value
    return {"session": session, "conversations": [str(conversation.pk) for conversation in conversations]}


def _talk(conversation: Conversation) -> None:
    said = ("What does the garden say?", Role.USER), (compose("prose", 2_000), Role.ASSISTANT)
    last = None
    for position, (text, role) in enumerate(said):
        content = [{"type": "text", "text": text}]
        last = conversation.messages.create(parent=last, position=position, role=role, content=content)


with transaction.atomic():
    print(json.dumps([seat(number) for number in range(SEATS)]))
