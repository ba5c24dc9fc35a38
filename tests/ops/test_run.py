"""./run: what it starts, and when it makes the environment; with stand-ins for Python and uv that say what they got."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.ops.running_site import ROOT

SAYS = '#!/bin/sh\necho "{name} $*"\n'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose environment is up to date."""
    shutil.copy(ROOT / "run", tmp_path / "run")
    (tmp_path / "requirements.lock").write_text("one==1\n")
    _program(tmp_path / ".venv/bin/python", SAYS.format(name="python"))
    _program(tmp_path / "bin/uv", SAYS.format(name="uv"))
    _program(tmp_path / "bin/python3", "#!/bin/sh\n")
    (tmp_path / ".venv/.synced").write_text("one==1\n")
    for tool in ("cmp", "cp", "dirname", "mkdir"):  # and nothing else, least of all this machine's uv
        (tmp_path / "bin" / tool).symlink_to(str(shutil.which(tool)))
    return tmp_path


def _program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def run(checkout: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(checkout / "run"), *arguments],
        cwd="/",
        env={"PATH": str(checkout / "bin"), "HOME": str(checkout), "PRIVATE_UV": str(checkout / "private-uv")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "started"),
    [
        ([], "python manage.py serve --prepare"),
        (["test", "-k", "stop"], "python -m pytest -k stop"),
        (["bench"], "python -m tests.bench"),
        (["doctor"], "python manage.py doctor"),
        (["check", "--deploy"], "python manage.py check --deploy"),
    ],
)
def test_each_word_starts_its_program_from_any_folder(checkout: Path, arguments: list[str], started: str) -> None:
    assert run(checkout, *arguments).stdout.splitlines() == [started]


def test_a_changed_lock_is_installed_first_and_once(checkout: Path) -> None:
    (checkout / "requirements.lock").write_text("one==2\n")

    first, second = run(checkout, "version"), run(checkout, "version")

    assert first.stdout.splitlines() == [
        "uv pip sync -q --require-hashes requirements.lock",
        "python manage.py version",
    ]
    assert second.stdout.splitlines() == ["python manage.py version"]


def test_an_installation_that_fails_is_tried_again(checkout: Path) -> None:
    (checkout / "requirements.lock").write_text("one==2\n")
    _program(checkout / "bin/uv", "#!/bin/sh\nexit 3\n")

    first, second = run(checkout, "version"), run(checkout, "version")

    assert (first.returncode, first.stdout) == (second.returncode, second.stdout) == (3, "")


def test_without_uv_a_private_copy_is_fetched_by_pip(checkout: Path) -> None:
    (checkout / "bin/uv").rename(checkout / "private-uv")
    (checkout / "requirements.lock").write_text("one==2\n")
    _program(
        checkout / "bin/python3",
        '#!/bin/sh\ncase "$*" in *install*) echo "pip $*"; mkdir -p .uv/bin; cp "$PRIVATE_UV" .uv/bin/uv ;; esac\n',
    )

    said = run(checkout, "version").stdout.splitlines()

    assert said[0].startswith("pip -m pip install")
    assert "--target .uv" in said[0]
    assert said[1].startswith("uv pip sync")


def test_an_old_python_is_named(checkout: Path) -> None:
    (checkout / "requirements.lock").write_text("one==2\n")
    _program(checkout / "bin/python3", "#!/bin/sh\nexit 1\n")

    ended = run(checkout)

    assert ended.returncode == 1
    assert ended.stderr.splitlines() == ["./run needs Python 3.11 or newer as python3."]
