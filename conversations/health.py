"""Whether the site has what its work needs: what /health/ready and `doctor` ask. No finding tells a secret."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from conversations.models import Heartbeat
from conversations.wire import topics


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `fault` is "" when all is well."""

    name: str
    fault: str
    is_vital: bool = True  # without what is not, the site still works, if less well


def foundations() -> list[Finding]:
    """What every process of the site stands on."""
    looks = {"database": _database, "migrations": _migrations, "data_dir": _data_dir}
    return [Finding(name, _fault(look)) for name, look in looks.items()]


def workers() -> Finding:
    """Whether some process of the site takes turns."""
    return Finding("worker", "" if living_workers() else "none alive", is_vital=False)


def living_workers() -> int:
    try:
        return Heartbeat.objects.alive().count()
    except DatabaseError:
        return 0


def news() -> list[Finding]:
    """Whether this process hears the others, if it is to."""
    fault = "unreachable" if topics.fragments.is_cut else ""
    return [Finding("redis", fault, is_vital=False)] if settings.REDIS_URL else []


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
    executor = MigrationExecutor(connection)
    return "pending" if executor.migration_plan(executor.loader.graph.leaf_nodes()) else ""


def _data_dir() -> str:
    """Written to, since a full disk and a read-only mount both look writable."""
    try:
        with tempfile.TemporaryFile(dir=settings.DATA_DIR) as file:
            file.write(b"0")
    except OSError:
        return "not writable"
    return ""
