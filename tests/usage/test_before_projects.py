"""What was counted before there were projects is counted on, as of none."""

from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from conversations.models import Rollup, User
from conversations.models.rollups import NO_PROJECT, OF_A_ROW, SUMS
from tests.usage.attempts import booked, forget_the_ledger

BEFORE = ("conversations", "0040_projects")
KEYS = ("is_month", "day", "zone", "lane", "person_id", "group_id", "model", *OF_A_ROW)


@pytest.mark.django_db(transaction=True)
def test_rollups_of_before_are_added_to(alice: User) -> None:
    entry = booked(alice)
    counted = list(Rollup.objects.values(*KEYS, *SUMS))
    forget_the_ledger()
    try:
        MigrationExecutor(connection).migrate([BEFORE])
        old = MigrationExecutor(connection).loader.project_state([BEFORE]).apps
        rows: Any = old.get_model("conversations", "Rollup").objects
        for columns in counted:
            rows.create(**columns)
    finally:
        MigrationExecutor(connection).migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())

    booked(alice)

    assert list(Rollup.objects.values_list("project_id", "requests")) == [(NO_PROJECT, 2)] * 2
    assert entry.project_id is None
