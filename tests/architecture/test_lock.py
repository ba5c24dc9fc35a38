"""The lock holds what pyproject.toml asks for."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from tests.architecture.tree import ROOT
from tests.machine import require

LOCK = ROOT / "requirements.lock"
COMPILE = (
    "uv pip compile --universal --generate-hashes pyproject.toml --extra bedrock --extra mcp --extra postgres "
    "--extra redis --extra vertex --group dev -o requirements.lock"
)


def _pins(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


def test_the_lock_is_not_stale(tmp_path: Path) -> None:
    """To renew it, run COMPILE; it keeps the pins that still fit."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(ROOT / ".uv" / "bin"))
    require(uv is not None, "uv", "./run puts it into .uv where the machine has none")
    assert uv is not None
    copy = shutil.copy(LOCK, tmp_path / LOCK.name)
    command = [uv, "-q", *COMPILE.split()[1:-1], str(copy)]

    environment = os.environ | {"UV_SYSTEM_CERTS": "1"}  # as ./run does
    compiled = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    require("Failed to fetch" not in compiled.stderr, "The package registry", "connect this machine to it")
    assert compiled.returncode == 0, compiled.stderr
    assert _pins(Path(copy)) == _pins(LOCK), f"renew it: {COMPILE}"


def test_everything_is_pinned_with_its_hash_and_no_address() -> None:
    text = LOCK.read_text(encoding="utf-8")
    pins = re.findall(r"^[a-z0-9][\w.-]*(?:\[[\w,-]+\])?==\S+", text, re.MULTILINE)

    assert len(pins) > 50
    assert "://" not in text
    for block in re.split(r"\n(?=[a-z0-9])", text)[1:]:
        assert "--hash=sha256:" in block
