from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.functions import Now
from django.test import AsyncClient, Client
from django.utils import timezone

from conversations.claude.access import access_print
from conversations.models import Heartbeat, Outage
from conversations.turns import worker
from conversations.wire import link


@pytest.mark.django_db
def test_a_living_process_says_so() -> None:
    response = Client().get("/health/live")

    assert (response.status_code, response.json()) == (HTTPStatus.OK, {"status": "ok"})
    assert response.headers["Cache-Control"] == "no-store"
    assert Client().post("/health/live").status_code == HTTPStatus.METHOD_NOT_ALLOWED


@pytest.mark.django_db(transaction=True)
async def test_ready_while_the_worker_runs_and_not_once_it_drains() -> None:
    await worker.start()
    try:
        during = await AsyncClient().get("/health/ready")
    finally:
        await worker.drain(0)
    after = await AsyncClient().get("/health/ready")

    checks = {"database": "ok", "migrations": "ok", "data_dir": "ok", "worker": "ok"}
    assert during.json() == {"status": "ok", "mode": "demo", "checks": checks}
    assert after.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert after.json()["checks"] == checks | {"worker": "not running"}
    assert after.headers["Cache-Control"] == "no-store"


@pytest.mark.django_db(transaction=True)
async def test_a_site_that_claude_denies_its_access_is_ready_and_says_so() -> None:
    await Outage.objects.acreate(pk=access_print(), reason="unauthorized", status=401, next_probe_at=timezone.now())
    await worker.start()
    try:
        response = await AsyncClient().get("/health/ready")
    finally:
        await worker.drain(0)

    assert response.status_code == HTTPStatus.OK
    assert (response.json()["status"], response.json()["claude"]) == ("degraded", "unauthorized")


@pytest.mark.django_db(transaction=True)
async def test_of_several_keys_it_is_told_which_ones_are_in_use(settings: Any) -> None:
    settings.ANTHROPIC_API_KEY = "sk-ant-canary-first\nsk-ant-canary-second"
    await Heartbeat.objects.acreate(pk=uuid4(), until=timezone.now() + timedelta(minutes=1), key_number=2)

    await worker.start()
    try:
        response = await AsyncClient().get("/health/ready")
    finally:
        await worker.drain(0)

    assert response.json()["keys"] == ["1 of 2", "2 of 2"]
    assert b"canary" not in response.content


@pytest.mark.django_db(transaction=True)
async def test_a_process_that_leaves_turns_to_others_tells_whether_there_are_any() -> None:
    await worker.start(takes_turns=False)
    try:
        alone = await AsyncClient().get("/health/ready")
        await Heartbeat.objects.acreate(pk=uuid4(), until=Now() + timedelta(minutes=1))
        beside = await AsyncClient().get("/health/ready")
    finally:
        await worker.drain(0)

    assert (alone.status_code, alone.json()["status"]) == (HTTPStatus.OK, "degraded")
    assert alone.json()["checks"]["worker"] == "none alive"
    assert (beside.json()["status"], beside.json()["checks"]["worker"]) == ("ok", "ok")


@pytest.mark.django_db(transaction=True)
async def test_without_redis_the_site_is_degraded_and_still_takes_requests(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # where nobody listens
    await link.join(settings.REDIS_URL, hearing=link.ALL)
    await worker.start()
    try:
        response = await AsyncClient().get("/health/ready")
    finally:
        await worker.drain(0)
        await link.leave()

    assert (response.status_code, response.json()["status"]) == (HTTPStatus.OK, "degraded")
    assert response.json()["checks"]["redis"] == "unreachable"


@pytest.mark.django_db
def test_a_folder_that_cannot_be_written(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "gone"

    assert Client().get("/health/ready").json()["checks"]["data_dir"] == "not writable"


@pytest.mark.django_db
def test_migrations_that_wait() -> None:
    MigrationRecorder(connection).migration_qs.filter(app="conversations").order_by("-pk")[:1].get().delete()

    assert Client().get("/health/ready").json()["checks"]["migrations"] == "pending"


@pytest.mark.django_db
def test_a_database_that_is_gone(settings: Any) -> None:
    with connection.execute_wrapper(_refuse):
        response = Client().get("/health/ready")

    assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert response.json()["checks"]["database"] == "unreachable"


def _refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    from django.db import OperationalError

    raise OperationalError("no route to the database at 10.0.0.7")
