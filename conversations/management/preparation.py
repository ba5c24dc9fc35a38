"""What must be in place before the site starts; quick when nothing changed since the last start."""

import fcntl
import filecmp
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import CommandError, call_command
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from conversations import health
from conversations.usage import rollups

MIGRATION_LOCK = 0x63686174  # any number, the same in every release


def claim_data_dir() -> None:
    """Make the data folder. On SQLite, keep it to this process until it ends.

    There a second one would, at its start, close the turns that run in the first as interrupted.
    """
    try:
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
        if settings.IS_SQLITE:
            handle = os.open(settings.DATA_DIR / "serve.lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CommandError(
            f"Another process already serves the site in {settings.DATA_DIR} (DATA_DIR). "
            "For several processes, set DATABASE_URL=postgres://… and REDIS_URL=redis://…"
        ) from None
    except OSError as error:
        raise CommandError(f"DATA_DIR: cannot write to {settings.DATA_DIR}: {error.strerror}.") from error


def require_prepared() -> None:
    """What `--prepare` would do must have been done, or every page would fail."""
    if _is_behind():
        raise CommandError("The database lacks migrations. Start with --prepare, or run `migrate` first.")
    if not (settings.DEBUG or _manifest().exists()):
        raise CommandError("No static files were collected. Start with --prepare, or run `collectstatic` first.")


def migrate() -> None:
    """Bring the database to the current migrations."""
    if _is_behind():
        with _one_at_a_time():
            call_command("migrate", interactive=False, verbosity=0)


def keep_rollups() -> None:
    """They count the whole ledger, by days of the site's time zone: also after an upgrade, and in another TIME_ZONE."""
    if not rollups.are_in_step():
        with _one_at_a_time():
            rollups.rebuild()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Several processes may start on a shared database; the folder of an SQLite file is this process's own by now."""
    if settings.IS_SQLITE:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])


def _is_behind() -> bool:
    try:
        return health.lacks_migrations()
    except (InterfaceError, OperationalError) as error:
        where = " ".join(f"{name.lower()} {value}" for name, value in _address().items() if value)
        raise CommandError(
            f"DATABASE_URL: the database does not answer ({where}): {_first_line(error)}. "
            "Start it, or mend the address, then start this again."
        ) from error
    except DatabaseError as error:
        raise CommandError(f"DATABASE_URL: the database cannot be read: {_first_line(error)}") from error


def _address() -> dict[str, object]:
    """Without user and password."""
    return {name: connection.settings_dict[name] for name in ("HOST", "PORT", "NAME")}


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def collect_static() -> None:
    """Gather and compress the static files. In DEBUG they are served from where they lie."""
    if settings.DEBUG:
        return
    try:
        with _alone(_manifest().parent):
            stale = _stale_copies(_manifest().parent)
            for copy in stale:  # collectstatic goes by times alone, and would keep what is as new as its source
                copy.unlink(missing_ok=True)
            if stale or not _manifest().exists():
                call_command("collectstatic", interactive=False, verbosity=0)
    except OSError as error:
        raise CommandError(f"Cannot write static files to {settings.STATIC_ROOT}: {error.strerror}.") from error


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two starts at once would compress the same files over each other."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _stale_copies(folder: Path) -> list[Path]:
    """Collected copies that are missing or differ from the source: by content, since a fresh clone has other times."""
    return [
        copy
        for finder in finders.get_finders()
        for name, storage in finder.list([])
        if not _is_same(storage.path(name), copy := folder / (getattr(storage, "prefix", None) or "") / name)
    ]


def _is_same(source: str, copy: Path) -> bool:
    return copy.exists() and filecmp.cmp(source, copy, shallow=False)


def _manifest() -> Path:
    return Path(settings.STATIC_ROOT) / "staticfiles.json"
