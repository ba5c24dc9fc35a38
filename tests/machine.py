"""What a machine may lack: it is skipped by name with the way to get it, and under CI=true it is an error."""

import os
import shutil

import psycopg
import pytest

CHROMIUM_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def require(found: bool, what: str, how: str) -> None:
    """Skip the test that needs `what` when it was not found, saying `how` to get it."""
    if found:
        return
    sentence = f"{what} is not here. To get it: {how}"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


def find_postgresql() -> str:
    """The address of a server that lets us in, "" without one: the suite's own, else what is usual on this machine."""
    usual = (
        "postgres://postgres@127.0.0.1:5432/postgres",
        "postgres://chatsite_ci:chatsite_ci@127.0.0.1:5432/postgres",
    )
    given = os.environ.get("DATABASE_URL", "")
    candidates = (given,) if given.startswith("postgres") else usual
    return next((url for url in candidates if _lets_us_in(url)), "")


def _lets_us_in(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def find_chromium() -> str:
    """The path of a Chromium on this machine, "" without one."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for path in map(shutil.which, names) if path), "")
