"""Looks for turns come several times a second: what they read must not grow with the turns that have ended."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models.functions import Now

from conversations.models import Conversation, Message, Role, Turn, TurnStatus, User
from conversations.models.turns import _line_sql

ENDED = 3000
LOOKS: dict[str, Callable[[], Any]] = {
    "active": lambda: Turn.objects.active(),
    "queued": lambda: Turn.objects.queued(),
    "overdue": lambda: Turn.objects.overdue(),
    "running": lambda: Turn.objects.running(),
    "stale": lambda: Turn.objects.stale(),
    "stale, oldest first": lambda: Turn.objects.stale().exclude(pk__in=[1, 2]).order_by("pk")[:10],
}


@pytest.fixture
def many_turns(alice: User) -> None:
    """As a site has them after a year: nearly all have ended."""
    conversation = Conversation.objects.create(owner=alice)
    messages = Message.objects.bulk_create(
        Message(conversation=conversation, role=Role.ASSISTANT, position=position) for position in range(ENDED)
    )
    Turn.objects.bulk_create(_ended(message, alice) for message in messages)
    newest = Turn.objects.order_by("-pk")[:1].get()
    Turn.objects.filter(pk=newest.pk).update(status=TurnStatus.RUNNING, lease_until=Now(), fence=1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE conversations_turn")


def _ended(answer: Message, person: User) -> Turn:
    return Turn(
        conversation=answer.conversation,
        question=answer,
        answer=answer,
        asked_by=person,
        client_id=uuid4(),
        model="claude-test",
        status=TurnStatus.COMPLETE,
    )


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_a_look_for_turns_reads_the_active_ones_alone(many_turns: None, look: Callable[[], Any]) -> None:
    assert reads_all(look().explain()) == []


def test_the_line_is_made_of_the_active_ones_and_the_newest_claims(many_turns: None) -> None:
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {_line_sql('conversations_turn')}")
        plan = "\n".join(str(row) for row in cursor.fetchall())

    assert reads_all(plan) == []


def reads_all(plan: str) -> list[str]:
    """The lines of a plan that read the table from its beginning to its end."""
    lines = plan.splitlines()
    if connection.vendor == "sqlite":
        return [line for line in lines if "SCAN conversations_turn" in line and "line_of_turns" not in line]
    return [line for line in lines if "Seq Scan on conversations_turn" in line or "turn_pkey" in line]
