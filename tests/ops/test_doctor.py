"""`manage.py doctor` says what is wrong and how to mend it."""

import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from conversations.alerts import mail
from conversations.management.commands import doctor
from conversations.models import User
from conversations.turns.leases import first_beat
from tests.ops.running_site import RunningSite, manage
from tests.redis import RedisServer
from tests.upstream import Reply, Upstream, running_upstream


@pytest.fixture
def upstream(settings: Any) -> Iterator[Upstream]:
    settings.IS_DEMO, settings.CLAUDE_TRANSPORT = False, ""
    settings.ANTHROPIC_API_KEY = "sk-ant-canary-canary"
    with running_upstream() as running:
        settings.ANTHROPIC_BASE_URL = running.base_url
        yield running


def test_a_healthy_site_has_no_failure(open_site: RunningSite) -> None:
    port = open_site.address.rsplit(":", 1)[1]

    examined = manage("doctor", **open_site.environment, PORT=port)

    lines = examined.stdout.splitlines()
    assert examined.returncode == 0
    assert [line for line in lines if line.startswith("ok")] == [
        "ok    settings",
        "ok    database",
        "ok    migrations",
        "ok    data_dir",
        "ok    worker: 1 alive",
        "ok    static files",
        "ok    rollups",
        f"ok    socket at {open_site.address}",
    ]
    assert "warn  claude: demo mode" in examined.stdout


def test_a_site_that_was_never_started_fails_with_what_to_do(tmp_path: Path) -> None:
    examined = manage("doctor", DATA_DIR=str(tmp_path))

    assert examined.returncode == 1
    assert "fail  migrations: pending" in examined.stdout
    assert "./run migrate" in examined.stdout


def test_a_site_behind_an_unknown_name_is_refused(public_site: RunningSite) -> None:
    line = doctor.socket_path(public_site.address)

    assert (line.level, line.says) == ("fail", "refused")
    assert public_site.address in line.mend


def test_a_proxy_that_knows_no_sockets(upstream: Upstream) -> None:
    """Something answers, but not with an upgrade."""
    line = doctor.socket_path(upstream.base_url)

    assert (line.level, line.says) == ("fail", "answered 200 instead of 101")
    assert "Upgrade" in line.mend


def test_a_site_that_does_not_run_is_no_failure() -> None:
    assert doctor.socket_path("http://127.0.0.1:1").level == "warn"


def test_a_key_that_reaches_the_model(upstream: Upstream) -> None:
    (line,) = doctor.claude()

    assert (line.level, line.says) == ("ok", "this key reaches 18 models")


def test_a_key_that_does_not_reach_the_model(upstream: Upstream, settings: Any) -> None:
    settings.CLAUDE_DEFAULT_MODEL = "claude-opus-99"

    (line,) = doctor.claude()

    assert (line.level, line.says) == ("fail", "this key does not reach claude-opus-99")
    assert "claude-opus-5-5" in line.mend


def test_models_of_the_settings_that_have_retired(upstream: Upstream, settings: Any) -> None:
    settings.CLAUDE_DEFAULT_MODEL = "claude-opus-4-1"
    settings.CLAUDE_FALLBACK_MODELS = ["claude-sonnet-5-5", "claude-3-haiku-20240307"]

    default, fallback = doctor.claude()

    assert (default.level, fallback.level) == ("fail", "warn")
    assert default.mend == "Put claude-opus-5-5 in its place in CLAUDE_DEFAULT_MODEL."
    assert "Claude Haiku 5.5 answers instead" in fallback.says


@pytest.mark.django_db
def test_a_site_without_worker_is_told_what_to_start() -> None:
    (line,) = doctor.processes()

    assert (line.level, line.says) == ("warn", "none alive")
    assert "run_turns" in line.mend


@pytest.mark.django_db
def test_several_workers_need_redis(settings: Any, tmp_path: Path) -> None:
    for _ in range(2):
        first_beat(uuid4())

    _, without = doctor.processes()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # where nobody listens
    _, unreachable = doctor.processes()

    assert (without.level, "REDIS_URL" in without.mend) == ("warn", True)
    assert (unreachable.level, unreachable.says) == ("fail", "unreachable")


@pytest.mark.django_db
def test_a_redis_that_answers(settings: Any, tmp_path: Path) -> None:
    server = RedisServer(tmp_path)
    server.start()
    settings.REDIS_URL = server.url

    _, line = doctor.processes()
    server.stop()

    assert line == doctor.Line("ok", "redis")


def test_a_wrong_key(upstream: Upstream) -> None:
    upstream.script_listing(Reply.error(401, "authentication_error"))

    (line,) = doctor.claude()

    assert (line.level, line.says) == ("fail", "unauthorized")
    assert line.mend
    assert "canary" not in line.mend


def test_each_of_several_keys_is_looked_at(upstream: Upstream, settings: Any) -> None:
    settings.ANTHROPIC_API_KEY = "sk-ant-canary-first,sk-ant-canary-second"
    upstream.script_listing(Reply.json({"data": upstream.models, "has_more": False}))
    upstream.script_listing(Reply.error(401, "authentication_error"))

    first, second, models = doctor.claude()

    assert (first.level, first.what, first.says) == ("warn", "claude key 1 of 2", "unauthorized")
    assert (second.level, second.what) == ("ok", "claude key 2 of 2")
    assert models.level == "ok"
    assert "canary" not in f"{first}{second}{models}"


def test_static_files_that_nobody_collected(settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path

    assert doctor.static_files().level == "fail"


@pytest.mark.django_db
def test_a_failure_is_an_exit_status(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "gone"
    said = StringIO()

    with pytest.raises(CommandError, match="checks failed"):
        call_command("doctor", stdout=said)

    assert f"fail  data_dir: not writable{os.linesep}      Make DATA_DIR writable" in said.getvalue()


def test_it_tells_whom_alerts_reach(db: None, settings: Any, cleo: User) -> None:
    assert [(line.level, line.what) for line in doctor.alerts()] == [("ok", "alerts by e-mail")]

    settings.EMAIL_BACKEND = mail.CONSOLE
    settings.ALERT_WEBHOOK_URL = "https://hooks.example.com/services/secret-path"
    told = [(line.level, line.what, line.says) for line in doctor.alerts()]

    assert told == [("warn", "alerts", "no e-mail"), ("ok", "alerts by webhook", "to hooks.example.com")]
