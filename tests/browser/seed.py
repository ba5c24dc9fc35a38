"""Fill a site's database with the people of the tests; prints their sessions and the path of a long chat as JSON."""

import json
import os

import django

LONG = 500  # messages
PASSWORD = "correct horse battery staple"


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "chatsite.settings"
    django.setup()
    from django.core.management import call_command
    from django.test import Client

    from conversations.models import User

    call_command("migrate", verbosity=0)
    sessions = {}
    for name in ("alice", "ben", "cleo"):
        is_staff = name == "cleo"
        person = User.objects.create_user(
            name, f"{name}@example.com", PASSWORD, is_staff=is_staff, is_superuser=is_staff
        )
        client = Client()
        client.force_login(person)
        sessions[name] = client.cookies["sessionid"].value
    print(json.dumps({"sessions": sessions, "long_chat": long_chat()}))  # noqa: T201


def long_chat() -> str:
    """The path of a chat of alice's with LONG messages."""
    from django.db import transaction

    from conversations.models import Conversation, Message, Role, User

    alice = User.objects.get(username="alice")
    with transaction.atomic():
        chat = Conversation.objects.create(owner=alice, title="A long chat", model="claude-opus-5-5")
        newest = None
        for position in range(LONG):
            role = Role.ASSISTANT if position % 2 else Role.USER
            text = f"Message {position} of a long chat, with **some** words and `code` in it."
            newest = Message.objects.create(
                conversation=chat, parent=newest, position=position, role=role, content=[{"type": "text", "text": text}]
            )
    return f"/c/{chat.pk}/"


if __name__ == "__main__":
    main()
