"""Processes that could not work together are refused at their start, with the mend."""

from pathlib import Path

import pytest

from tests.ops.running_site import manage

HALVES = [("serve", "--no-worker"), ("run_turns",)]
SHARED = "postgres://nobody@127.0.0.1:1/nothing"  # never asked: what is missing is told before


@pytest.mark.parametrize("command", HALVES)
def test_half_a_site_on_sqlite_is_refused(tmp_path: Path, command: tuple[str, ...]) -> None:
    ended = manage(*command, DATA_DIR=str(tmp_path), REDIS_URL="redis://127.0.0.1:1/0")

    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith(f"CommandError: {' '.join(command)} needs a database")
    assert "DATABASE_URL=postgres://" in ended.stderr


@pytest.mark.parametrize("command", HALVES)
def test_half_a_site_without_redis_is_refused(tmp_path: Path, command: tuple[str, ...]) -> None:
    ended = manage(*command, DATA_DIR=str(tmp_path), DATABASE_URL=SHARED)

    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith(f"CommandError: {' '.join(command)} needs a way")
    assert "REDIS_URL=redis://" in ended.stderr


@pytest.mark.parametrize("command", [("run_turns",), ("serve", "--no-worker", "--prepare")])
def test_a_process_without_its_database_says_so(tmp_path: Path, command: tuple[str, ...]) -> None:
    secret = SHARED.replace("nobody", "nobody:a-secret-word")
    ended = manage(*command, DATA_DIR=str(tmp_path), DATABASE_URL=secret, REDIS_URL="redis://127.0.0.1:1/0")

    assert ended.returncode == 1
    told = ended.stderr.splitlines()[-1]
    assert told.startswith(
        "CommandError: DATABASE_URL: the database does not answer (host 127.0.0.1 port 1 name nothing)"
    )
    assert "then start this again" in told
    assert "Connection refused" in ended.stderr  # the why, in the line before
    assert "Traceback" not in ended.stderr
    assert "a-secret-word" not in ended.stderr
