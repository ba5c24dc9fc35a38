"""Plain SQL, for what comes with each question: to build a statement takes Django ten times as long as to run it."""

from typing import Any

from django.db import connection


def rows(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """What this SELECT gives, its `%s` filled in. Keys that are UUIDs go by `get_db_prep_value` first."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
