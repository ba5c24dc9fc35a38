"""Entries that were booked twice before a constraint forbade it keep their place in the ledger."""

from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

BEFORE, AFTER = ("conversations", "0015_batches"), ("conversations", "0017_nothing_twice")


@pytest.mark.django_db(transaction=True)
def test_repeated_attempts_get_numbers_of_their_own() -> None:
    MigrationExecutor(connection).migrate([BEFORE])
    try:
        old = MigrationExecutor(connection).loader.project_state([BEFORE]).apps
        turn = _turn(old)
        entries = old.get_model("conversations", "UsageEntry").objects
        for number in (1, 1, 2, 2, 2):
            entries.create(turn=turn, attempt=number, asked_model="claude-test", person_name="alice")

        MigrationExecutor(connection).migrate([AFTER])

        assert sorted(entries.values_list("attempt", flat=True)) == [1, 2, 3, 4, 5]
    finally:
        _forget(old)
        MigrationExecutor(connection).migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())


def _turn(apps: Any) -> Any:
    def model(name: str) -> Any:
        return apps.get_model("conversations", name).objects

    person = model("User").create(username="alice", email="alice@example.com")
    conversation = model("Conversation").create(owner=person)
    question = model("Message").create(conversation=conversation, role="user", position=0)
    answer = model("Message").create(conversation=conversation, role="assistant", position=1)
    facts = {"client_id": "6f1c7c1e-0d3c-4f9e-8a43-0e6b7a1f0b11", "draft_digest": "", "model": "claude-test"}
    return model("Turn").create(conversation=conversation, question=question, answer=answer, asked_by=person, **facts)


def _forget(apps: Any) -> None:
    apps.get_model("conversations", "UsageEntry").objects.all().delete()
    apps.get_model("conversations", "User").objects.all().delete()
