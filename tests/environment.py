"""The environment of a test run, set before Django reads its settings: `-p tests.environment` in pyproject.toml.

A conftest is too late, since pytest-django reads the settings first. Each process of a run has its own data folder.
The workers that share a run are arranged here too.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

MAX_WORKERS = 4  # each starts Django and has a database of its own
# Their tests share running sites, and a browser: all of one line go to one worker, or each would start its own.
SHARED_SITES = (
    ("tests/browser/",),
    ("tests/ops/test_serve.py", "tests/ops/test_doctor.py", "tests/ops/test_drain.py"),
)

# What a developer's shell may hold and a test must not see: a key would reach the real API.
CLAUDE = ("ANTHROPIC_", "AWS_", "CLAUDE_", "CLOUD_ML_", "GOOGLE_")
THEIRS = (*CLAUDE, "S3_", "EMAIL_", "TURN_", "ALERT_", "RECONCILE_")
for name in tuple(os.environ):
    if name.startswith(THEIRS):
        del os.environ[name]
for name in (
    "DEBUG",
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "PUBLIC_ORIGINS",
    "SIGNUP",
    "HOST",
    "PORT",
    "LOG_FORMAT",
    "REDIS_URL",
    "TIME_ZONE",
):
    os.environ.pop(name, None)

DATA_DIR = Path(tempfile.mkdtemp(prefix="chatsite-tests-"))
os.environ["DATA_DIR"] = str(DATA_DIR)
os.environ["CLAUDE_PROVIDER"] = "demo"
os.environ["ERRANDS"] = "0"  # a script is for the questions of its test; who tests errands turns them on


def pytest_unconfigure() -> None:
    shutil.rmtree(DATA_DIR, ignore_errors=True)


@pytest.hookimpl(tryfirst=True)  # xdist has an answer of its own
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """None for tests that were named: their start would take longer than the tests."""
    is_chosen = config.args_source is pytest.Config.ArgsSource.ARGS or config.option.keyword
    return 0 if is_chosen else min(os.cpu_count() or 1, MAX_WORKERS)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    return ByRunningSite(config, log)


class ByRunningSite(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """Large groups first, then test by test to whoever has time."""

    def _split_scope(self, nodeid: str) -> str:
        return next((paths[0] for paths in SHARED_SITES if nodeid.startswith(paths)), nodeid)
