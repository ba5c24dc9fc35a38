"""The environment of a test run, set before Django reads its settings: `-p tests.environment` in pyproject.toml.

A conftest is too late, since pytest-django reads the settings first. Each process of a run has its own data folder.
"""

import os
import shutil
import tempfile
from pathlib import Path

# What a developer's shell may hold and a test must not see: a key would reach the real API.
for name in tuple(os.environ):
    if name.startswith(("ANTHROPIC_", "CLAUDE_", "S3_", "EMAIL_", "TURN_")):
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


def pytest_unconfigure() -> None:
    shutil.rmtree(DATA_DIR, ignore_errors=True)
