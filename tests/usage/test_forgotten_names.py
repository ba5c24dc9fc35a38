"""Names that the ledger kept before it had pseudonyms are gone from it."""

from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

BEFORE, AFTER = ("conversations", "0027_routing_rules"), ("conversations", "0028_pseudonyms")


@pytest.mark.django_db(transaction=True)
def test_rows_of_former_people_stay_together_and_name_nobody() -> None:
    MigrationExecutor(connection).migrate([BEFORE])
    try:
        old = MigrationExecutor(connection).loader.project_state([BEFORE]).apps
        alice = old.get_model("conversations", "User").objects.create(username="alice", email="alice@example.com")
        entries: Any = old.get_model("conversations", "UsageEntry").objects
        for person, name in ((alice, "alice"), (None, "ben"), (None, "ben"), (None, "eve"), (None, "")):
            entries.create(person=person, person_name=name, asked_model="claude-test")

        MigrationExecutor(connection).migrate([AFTER])

        names = entries.order_by("pk").values_list("person_name", flat=True)
        assert list(names) == [f"former person {alice.pk}", *["former person -1"] * 2, "former person -2", ""]
    finally:
        for name in ("UsageEntry", "User"):
            old.get_model("conversations", name).objects.all().delete()
        MigrationExecutor(connection).migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())
