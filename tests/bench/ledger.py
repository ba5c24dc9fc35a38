"""How long each page takes that reads the ledger, with a year of it: `python -m tests.bench.ledger`, in a new database.

Prints JSON. The rows are made by the database itself, since a million of them would take minutes to book; the rollups
by `rebuild_rollups`, as after an upgrade.
"""

import json
import os
import time
from statistics import median
from urllib.parse import urlencode

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "chatsite.settings"
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from conversations.models import Project, Rollup, UsageEntry, User  # noqa: E402
from conversations.models.usage import midnight  # noqa: E402
from conversations.usage import rollups  # noqa: E402
from tests.usage.attempts import booked  # noqa: E402

ENTRIES = 1_000_000
PEOPLE = 200
PROJECTS_EACH = 3
DAYS = 365
TIMES = 5  # each page; the fastest is told, which is the one that other programs disturbed least
BOOKINGS = 200
REPORT = "/admin/conversations/usageentry/"


def main() -> None:
    call_command("migrate", verbosity=0)
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    people = User.objects.bulk_create(
        User(username=f"guest-{number}", email=f"guest-{number}@example.com") for number in range(PEOPLE)
    )
    owner = User.objects.create(username="owner", email="owner@example.com", is_staff=True, is_superuser=True)
    projects = Project.objects.bulk_create(
        Project(owner=person, name=f"project {number}") for person in people for number in range(PROJECTS_EACH)
    )
    _fill(people[0].pk, projects[0].pk)
    began = time.perf_counter()
    rollups.rebuild()
    rebuilt_s = time.perf_counter() - began
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    told = {
        "database": connection.vendor,
        "entries": UsageEntry.objects.count(),
        "rollups": Rollup.objects.count(),
        "rebuilt_s": rebuilt_s,
        "booked_ms": _booked_ms(people[0]),
        "pages": {name: _seconds(as_, address) for name, (as_, address) in _pages(owner, projects[0]).items()},
    }
    print(json.dumps(told))  # the last line; those before it are the log's


def _fill(first_person: int, first_project: int) -> None:
    """In the order of time; a person asks one model mostly, each answer brings a title or follow-ups, and three of four
    belong to the project that they are at for a week.
    """
    began = int(time.time()) - DAYS * 86_400
    at = "to_timestamp({})" if connection.vendor == "postgresql" else "datetime({}, 'unixepoch')"
    person = f"({first_person} + i * 7919 % {PEOPLE})"
    project = f"{first_project} + i * 7919 % {PEOPLE} * {PROJECTS_EACH} + i / {ENTRIES // 52} % {PROJECTS_EACH}"
    columns = {
        "person_id": person,
        "person_name": f"'former person ' || {person}",
        "project_id": f"CASE WHEN i / 7 % 4 = 0 THEN NULL ELSE {project} END",
        "at": at.format(f"{began} + i * {DAYS * 86_400 // ENTRIES}"),
        "attempt": "1",
        "purpose": "CASE i % 5 WHEN 0 THEN 'title' WHEN 1 THEN 'follow_ups' ELSE 'answer' END",
        "asked_model": "CASE WHEN i % 5 < 2 THEN 'claude-haiku-5-5' WHEN i % 11 = 0 THEN 'claude-sonnet-5-5' "
        "ELSE 'claude-opus-5-5' END",
        "answered_model": "CASE WHEN i % 97 = 0 THEN '' WHEN i % 5 < 2 THEN 'claude-haiku-5-5' "
        "WHEN i % 11 = 0 THEN 'claude-sonnet-5-5' ELSE 'claude-opus-5-5' END",
        "input_tokens": "i % 4001",
        "cache_write_5m_tokens": "i % 2003",
        "cache_write_1h_tokens": "i % 101",
        "cache_read_tokens": "i % 30011",
        "output_tokens": "i % 1501",
        "web_searches": "CASE WHEN i % 211 = 0 THEN 2 ELSE 0 END",
        "cost_usd": "0.0000000125 * (i % 1000003)",
        "cache_saved_usd": "0.0000000100 * (i % 9973)",
        "cache_miss_reason": "CASE WHEN i % 31 = 0 THEN 'messages_changed' ELSE '' END",
        "cache_missed_tokens": "CASE WHEN i % 31 = 0 THEN 900 ELSE 0 END",
        "price": "'{}'",
        "stop_reason": "CASE WHEN i % 97 = 0 THEN '' ELSE 'end_turn' END",
        "reason": "CASE WHEN i % 97 = 0 THEN 'overloaded' ELSE '' END",
        "request_id": "'req_' || i",
        "duration_ms": "i % 20011",
        "billed": "i % 97 <> 0",
        "estimated": "i % 89 = 0",
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {UsageEntry._meta.db_table} ({', '.join(columns)}) "  # noqa: S608
            f"WITH RECURSIVE n(i) AS (SELECT CAST(0 AS bigint) UNION ALL SELECT i + 1 FROM n WHERE i < {ENTRIES - 1}) "
            f"SELECT {', '.join(columns.values())} FROM n"
        )


def _pages(owner: User, project: Project) -> dict[str, tuple[User, str]]:
    person, today = project.owner, timezone.localdate()
    month = f"from={today.replace(day=1)}&to={today}"
    year = f"from={today.replace(year=today.year - 1)}&to={today}"
    return {
        "report, this month by person": (owner, f"{REPORT}report/?{month}&group_by=user"),
        "report, a year by person": (owner, f"{REPORT}report/?{year}&group_by=user"),
        "report, a year by model and purpose": (owner, f"{REPORT}report/?{year}&group_by=model,purpose"),
        "report, a year by person, model and day": (owner, f"{REPORT}report/?{year}&group_by=user,model,day"),
        "report, a year of one person": (owner, f"{REPORT}report/?{year}&group_by=day&person={person.pk}"),
        "report, a year by project": (owner, f"{REPORT}report/?{year}&group_by=project"),
        "report, a year by project, person and day": (owner, f"{REPORT}report/?{year}&group_by=project,user,day"),
        "report, a year of one project": (owner, f"{REPORT}report/?{year}&group_by=day&project={project.pk}"),
        "cache report, a year": (owner, f"{REPORT}cache/?{year}"),
        "attempts of a person, this month": (
            owner,
            f"{REPORT}?person={person.pk}&{urlencode({'at__gte': midnight(today.replace(day=1))})}",
        ),
        "attempts of a project, this month": (
            owner,
            f"{REPORT}?project={project.pk}&{urlencode({'at__gte': midnight(today.replace(day=1))})}",
        ),
        "all attempts": (owner, REPORT),
        "people": (owner, "/admin/conversations/user/"),
        "overview": (owner, "/admin/"),
        "one's own usage, a year": (person, f"/usage/?{year}"),
    }


def _seconds(person: User, address: str) -> float:
    browser = Client()
    browser.force_login(person)
    taken: list[float] = []
    for _ in range(TIMES):
        began = time.perf_counter()
        response = browser.get(address)
        taken.append(time.perf_counter() - began)
        assert response.status_code == 200, address
    return min(taken)


def _booked_ms(person: User) -> float:
    """Of one attempt, with its rollup, in a transaction of its own."""
    taken: list[float] = []
    for _ in range(BOOKINGS):
        began = time.perf_counter()
        with transaction.atomic():
            booked(person)
        taken.append((time.perf_counter() - began) * 1000)
    return median(taken)


if __name__ == "__main__":
    main()
