"""What is in the repository."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

from tests.machine import require

ROOT = Path(__file__).resolve().parents[2]


@cache
def tracked(*patterns: str) -> tuple[Path, ...]:
    """Every file that is kept under version control, or only those of a pattern."""
    require(bool(shutil.which("git")) and (ROOT / ".git").exists(), "A git checkout", "git clone the repository")
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return tuple(path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file())
