"""The pages of the review queue with 10,000 refusals in it, in milliseconds: `python -m tests.bench.queue`."""

import os
import tempfile
import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

import django

PAGES = (
    "",
    "?state__exact=new",
    "?next=gave_up",
    "?next=rephrased",
    "?assignee=nobody",
    "?category=cyber&p=50",
    "report/?from=2026-01-01&to=2027-12-31",
    "report/?from=2026-01-01&to=2027-12-31&by=group",
    "report/?from=2026-01-01&to=2027-12-31&format=csv",
)
REFUSALS, CHATS, AT_ONCE = 10_000, 500, 1000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DJANGO_SETTINGS_MODULE": "chatsite.settings", "DATA_DIR": folder, "CLAUDE_PROVIDER": "demo"}
        django.setup()
        from django.conf import settings
        from django.core.management import call_command
        from django.test import Client, override_settings

        call_command("migrate", verbosity=0)
        staff = _fill()
        plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
        with override_settings(STORAGES=settings.STORAGES | plain):
            client = Client(HTTP_HOST="127.0.0.1")
            client.force_login(staff)
            for page in PAGES:
                print(f"{_best_ms(client, f'/admin/conversations/refusalevent/{page}'):6.0f} ms  {page or 'the queue'}")


def _best_ms(client: Any, address: str) -> float:
    def once() -> float:
        began = time.perf_counter()
        response = client.get(address)
        assert response.status_code == 200
        response.getvalue()
        return (time.perf_counter() - began) * 1000

    return min(once() for _ in range(5))


def _fill() -> Any:
    """The account of somebody who reviews. Every tenth refusal is new, the others are done."""
    from django.db import connection, models
    from django.utils import timezone

    from conversations.models import Conversation, Message, RefusalEvent, Turn, UsageEntry, User

    def made(rows: Any) -> Any:
        rows = list(rows)
        return models.QuerySet(type(rows[0])).bulk_create(rows, batch_size=AT_ONCE)

    alice, cleo = User.objects.create_user("alice"), User.objects.create_superuser("cleo")
    chats = made(Conversation(owner=alice) for _ in range(CHATS))
    asked = [(number, chats[number % CHATS], 2 * (number // CHATS)) for number in range(REFUSALS)]
    questions = made(Message(conversation=chat, position=at, role="user") for _, chat, at in asked)
    answers = made(
        Message(conversation=chat, position=at + 1, role="assistant", parent=questions[number], state="refused")
        for number, chat, at in asked
    )
    turns = made(
        Turn(
            conversation=chat,
            question=questions[number],
            answer=answers[number],
            asked_by=alice,
            client_id=uuid4(),
            model="claude-opus-5-5",
            status="refused",
        )
        for number, chat, _ in asked
    )
    entries = made(UsageEntry(person=alice, conversation=turn.conversation, turn=turn) for turn in turns)
    events = made(
        RefusalEvent(
            person=alice,
            conversation=entry.conversation,
            usage=entry,
            category=("cyber", "bio", "")[number % 3],
            model="claude-opus-5-5",
            state="resolved" if number % 10 else "new",
        )
        for number, entry in enumerate(entries)
    )
    for number, event in enumerate(events):
        event.at = timezone.now() - timedelta(minutes=number)
    RefusalEvent.objects.bulk_update(events, ["at"], batch_size=AT_ONCE)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return cleo


if __name__ == "__main__":
    main()
