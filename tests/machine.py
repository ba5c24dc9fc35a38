"""What a machine may lack: it is skipped by name with the way to get it, and under CI=true it is an error."""

import os
import shutil

import pytest


def require(found: bool, what: str, how: str) -> None:
    """Skip the test that needs `what` when it was not found, saying `how` to get it."""
    if found:
        return
    sentence = f"{what} is not here. To get it: {how}"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


def find_chromium() -> str:
    """The path of a Chromium on this machine, "" without one."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for path in map(shutil.which, names) if path), "")
