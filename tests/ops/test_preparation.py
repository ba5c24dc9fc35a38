"""What `serve --prepare` does before the site starts, and what it leaves alone."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from conversations.management import preparation


@pytest.fixture
def sources(settings: Any, tmp_path: Path) -> Path:
    """A site whose only static file is one of ours."""
    folder = tmp_path / "static"
    folder.mkdir()
    (folder / "main.css").write_text("body { color: black }" * 50)
    settings.STATICFILES_DIRS = [folder]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = str(tmp_path / "collected")
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    return folder


def manifest(settings: Any) -> Path:
    return Path(settings.STATIC_ROOT) / "staticfiles.json"


def test_static_files_are_collected_once(sources: Path, settings: Any) -> None:
    preparation.collect_static()
    manifest(settings).write_text("untouched")

    preparation.collect_static()

    assert manifest(settings).read_text() == "untouched"
    assert (Path(settings.STATIC_ROOT) / "main.css.br").exists()


def test_a_changed_file_is_collected_again(sources: Path, settings: Any) -> None:
    preparation.collect_static()
    before = manifest(settings).read_text()
    (sources / "main.css").write_text("body { color: navy }" * 50)

    preparation.collect_static()

    assert manifest(settings).read_text() != before


def test_a_file_that_changed_to_one_with_an_older_time_is_collected_again(sources: Path, settings: Any) -> None:
    """As when an earlier version is unpacked over this one."""
    preparation.collect_static()
    (sources / "main.css").write_text("body { color: navy }" * 50)
    os.utime(sources / "main.css", (0, 0))

    preparation.collect_static()

    assert "navy" in (Path(settings.STATIC_ROOT) / "main.css").read_text()


def test_in_debug_nothing_is_collected(sources: Path, settings: Any) -> None:
    settings.DEBUG = True

    preparation.collect_static()

    assert not Path(settings.STATIC_ROOT).exists()


def test_a_folder_that_cannot_be_written_is_named(sources: Path, settings: Any) -> None:
    settings.STATIC_ROOT = "/proc/nowhere"

    with pytest.raises(CommandError, match="/proc/nowhere"):
        preparation.collect_static()


@pytest.mark.django_db
def test_migrations_that_wait_are_applied_and_a_current_database_is_left_alone() -> None:
    latest = MigrationRecorder(connection).migration_qs.filter(app="sessions")
    preparation.migrate()
    with connection.execute_wrapper(_read_only):
        preparation.migrate()

    assert latest.exists()


def _read_only(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    assert sql.lstrip().upper().startswith("SELECT"), f"a current database was written to: {sql}"
    return execute(sql, params, many, context)


@pytest.mark.django_db
def test_a_database_that_cannot_be_reached_is_one_line() -> None:
    def refuse(*_: Any) -> Any:
        raise OperationalError("connection refused")

    with connection.execute_wrapper(refuse), pytest.raises(CommandError, match="DATABASE_URL"):
        preparation.migrate()
