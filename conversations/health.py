"""Whether the site has what its work needs: what /health/ready and `doctor` ask. No finding tells a secret."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from conversations.claude.keys import keys
from conversations.models import Heartbeat, Turn
from conversations.wire import topics


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `fault` is "" when all is well."""

    name: str
    fault: str
    is_vital: bool = True  # without what is not, the site still works, if less well


def foundations() -> list[Finding]:
    """What every process of the site stands on."""
    away = _fault(_database)
    return [
        Finding("database", away),
        Finding("migrations", away or _fault(_migrations)),  # to ask again would take another two seconds
        Finding("data_dir", _fault(_data_dir)),
    ]


def workers() -> Finding:
    """Whether some process of the site takes turns."""
    return Finding("worker", "" if living_workers() else "none alive", is_vital=False)


def living_workers() -> int:
    try:
        return Heartbeat.objects.alive().count()
    except DatabaseError:
        return 0


def keys_in_use() -> list[str]:
    """Which of several keys the living workers use, as `2 of 3`; nothing where there is one key."""
    given = len(keys())
    if given < 2:
        return []
    try:
        numbers = sorted(set(Heartbeat.objects.alive().values_list("key_number", flat=True)))
    except DatabaseError:
        return []
    return [f"{number} of {given}" for number in numbers]


def waiting_questions() -> int:
    try:
        return Turn.objects.queued().count()
    except DatabaseError:
        return 0


def news() -> list[Finding]:
    """Whether this process hears the others, if it is to."""
    fault = "unreachable" if topics.fragments.is_cut else ""
    return [Finding("redis", fault, is_vital=False)] if settings.REDIS_URL else []


def lacks_migrations() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _fault(look: Callable[[], str]) -> str:
    try:
        return look()
    except DatabaseError:
        return "unreachable"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _migrations() -> str:
    return "pending" if lacks_migrations() else ""


def _data_dir() -> str:
    """Written to, since a full disk and a read-only mount both look writable."""
    try:
        with tempfile.TemporaryFile(dir=settings.DATA_DIR) as file:
            file.write(b"0")
    except OSError:
        return "not writable"
    return ""
