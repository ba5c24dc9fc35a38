"""`manage.py serve` as operators see it: a process that starts, says where it is, answers, and ends when told."""

import json
import signal
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.ops.running_site import ROOT, RunningSite, clean, manage, running_site

MANIFEST = ROOT / "staticfiles" / "staticfiles.json"
DRAIN_S = 1.0


@dataclass(frozen=True)
class Ended:
    status: int
    took_s: float
    errors: str
    key: str
    collected_at_ns: int


@pytest.fixture(scope="session")
def ended_sites(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Ended]]:
    """The same data served twice, with all warnings as errors: ended by the system, then by Ctrl-C."""
    data = tmp_path_factory.mktemp("ended") / "data"
    return data, [_started_asked_and_ended(data, number) for number in (signal.SIGTERM, signal.SIGINT)]


def _started_asked_and_ended(data: Path, number: int) -> Ended:
    with running_site(data, "-W", "error", DRAIN_S=str(DRAIN_S)) as site:
        site.get("/accounts/login/", Accept="text/html")
        site.get("/health/ready")
        address = site.address.replace("http", "ws")
        with connect(f"{address}/ws/c/00000000-0000-4000-8000-000000000000/", origin=Origin(site.address)):
            site.get("/health/live")
            status, took_s = site.stop(number)
        errors = site.errors()
    return Ended(status, took_s, errors, (data / "secret_key").read_text(), MANIFEST.stat().st_mtime_ns)


def test_a_new_site_opens_says_where_and_how_and_answers(open_site: RunningSite) -> None:
    status, body = open_site.get("/health/ready")

    assert (status, json.loads(body)["status"]) == (200, "ok")
    assert open_site.said[0].startswith("Chatsite is on http://127.0.0.1:")
    assert "Demo mode" in open_site.said[1]
    assert "ANTHROPIC_API_KEY" in open_site.said[1]


def test_with_a_key_it_says_that_claude_answers(public_site: RunningSite) -> None:
    _, body = public_site.get("/health/ready", Host="elsewhere.example")

    assert json.loads(body)["mode"] == "claude"
    assert public_site.said[1].startswith("Claude answers")
    assert "canary" not in "".join(public_site.said)


@pytest.mark.parametrize("which", [0, 1], ids=["SIGTERM", "SIGINT"])
def test_it_ends_well_and_in_time_when_told(ended_sites: tuple[Path, list[Ended]], which: int) -> None:
    ended = ended_sites[1][which]

    assert ended.status == 0
    assert ended.took_s <= DRAIN_S + 1
    assert "Traceback" not in ended.errors


def test_the_key_is_made_once_and_the_second_start_changes_nothing(ended_sites: tuple[Path, list[Ended]]) -> None:
    data, (first, second) = ended_sites

    assert (second.key, second.collected_at_ns) == (first.key, first.collected_at_ns)
    assert stat.S_IMODE((data / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE(data.stat().st_mode) == 0o700


def test_no_warning_is_raised_by_a_site_that_starts_answers_and_ends(ended_sites: tuple[Path, list[Ended]]) -> None:
    for ended in ended_sites[1]:
        assert ended.status == 0
        assert "Warning" not in ended.errors


def test_static_files_come_compressed_and_for_ever(open_site: RunningSite) -> None:
    path = json.loads(MANIFEST.read_text())["paths"]["admin/css/base.css"]
    status, body = open_site.get(f"/static/{path}")

    assert status == 200
    assert "--primary" in body


def test_a_port_in_use_is_one_clear_line(open_site: RunningSite, tmp_path: Path) -> None:
    port = open_site.address.rsplit(":", 1)[1]

    second = manage("serve", "--prepare", DATA_DIR=str(tmp_path), PORT=port)

    assert second.returncode == 1
    assert second.stderr.splitlines() == [
        f"CommandError: Cannot listen on 127.0.0.1:{port} (HOST, PORT): Address already in use."
    ]


def test_a_second_process_on_the_same_data_is_refused(tmp_path: Path) -> None:
    """On SQLite it would close the first one's running turns as interrupted."""
    with running_site(tmp_path, DATABASE_URL=f"sqlite:///{tmp_path / 'chatsite.sqlite3'}"):
        second = manage("serve", DATA_DIR=str(tmp_path))

    assert second.returncode == 1
    assert second.stderr.splitlines() == [
        f"CommandError: Another process already serves the site in {tmp_path} (DATA_DIR). "
        "For several processes, set DATABASE_URL=postgres://… and REDIS_URL=redis://…"
    ]


def test_a_given_key_needs_no_file(public_site: RunningSite) -> None:
    assert public_site.get("/health/ready", Host="elsewhere.example")[0] == 200
    assert not (Path(public_site.environment["DATA_DIR"]) / "secret_key").exists()


def test_a_site_that_was_not_prepared_says_how(tmp_path: Path) -> None:
    ended = manage("serve", DATA_DIR=str(tmp_path))

    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        "CommandError: The database lacks migrations. Start with --prepare, or run `migrate` first."
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "maybe"),
        ("PORT", "eighty"),
        ("DRAIN_S", "soon"),
        ("TURN_LEASE_S", "0"),
        ("REDIS_URL", "localhost:6379"),
        ("LOG_FORMAT", "xml"),
        ("CLAUDE_PROVIDER", "anthropic"),
        ("PUBLIC_ORIGINS", "chat.example.com"),
        ("ANTHROPIC_API_KEY_FILE", "/nowhere/key"),
        ("HOST", "nonsense.invalid"),
        ("DATA_DIR", "/proc/nowhere"),
        ("DATABASE_URL", "mongodb://host/name"),
        ("DATABASE_URL", "postgres://host:port/name"),
        ("EMAIL_URL", "post office"),
        ("ALERT_WEBHOOK_URL", "hooks.example.com"),
        ("ALERT_ERROR_PERCENT", "0"),
        ("TIME_ZONE", "Mars"),
    ],
)
def test_a_wrong_variable_is_one_readable_line(tmp_path: Path, name: str, value: str) -> None:
    given = {"DATA_DIR": str(tmp_path), name: value}

    ended = manage("serve", "--prepare", **given)

    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
    assert name.removesuffix("_FILE") in ended.stderr or name == "CLAUDE_PROVIDER"
    assert "Traceback" not in ended.stderr


def test_a_warning_of_python_is_shown(prepared: Path) -> None:
    """daphne hands warnings to Twisted's log, and that to nobody."""
    script = (
        "import warnings, django; django.setup()\n"
        "from conversations.management.site import Site\n"
        "def opened():\n    warnings.warn('a canary sings'); site._stop_once()\n"
        "site = Site(on_open=opened); site.run()\n"
    )
    environment = clean(DATA_DIR=str(prepared), DJANGO_SETTINGS_MODULE="chatsite.settings")

    ended = subprocess.run(
        [sys.executable, "-W", "default", "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert ended.returncode == 0
    assert "a canary sings" in ended.stderr
