"""The image, as far as it can be told without building it."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from tests.architecture.tree import ROOT
from tests.ops.running_site import clean

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")

QUICKLY_PACKED = """
import functools, runpy, brotli
brotli.compress = functools.partial(brotli.compress, quality=1)
runpy.run_path("manage.py", run_name="__main__")
"""


def _instructions(stage: int) -> list[tuple[str, str]]:
    text = re.split(r"^(?=FROM )", DOCKERFILE, flags=re.MULTILINE)[stage]
    lines = re.findall(r"^\s*([A-Z]+) +(.+)$", text, re.MULTILINE)
    return [(name, rest) for name, rest in lines if name.isupper()]


BUILD, FINAL = _instructions(1), _instructions(2)


def _copied() -> list[str]:
    """What the build takes from the checkout."""
    return [source for name, rest in BUILD if name == "COPY" for source in shlex.split(rest)[:-1]]


def test_what_is_copied_exists_and_is_let_through() -> None:
    let_through = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()

    assert "chatsite" in _copied()
    for source in _copied():
        assert (ROOT / source).exists()
        assert f"!{source}" in let_through


def test_it_runs_as_nobody_special_and_gets_the_signals() -> None:
    final = dict(FINAL)

    assert final["USER"] not in ("root", "0")
    assert [name for name, _ in FINAL].index("USER") < [name for name, _ in FINAL].index("CMD")
    assert json.loads(final["CMD"]) == ["python", "manage.py", "serve", "--prepare"]  # exec form, no shell between
    assert final["STOPSIGNAL"] == "SIGTERM"
    assert final["VOLUME"] == "/data"
    assert "DATA_DIR=/data" in final["ENV"]


def test_its_health_is_asked_where_the_site_answers() -> None:
    (check,) = re.findall(r"^HEALTHCHECK .*?CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    command = json.loads(check)

    compile(command[2], "healthcheck", "exec")
    assert command[:2] == ["python", "-c"]
    assert "/health/ready" in command[2]


@pytest.mark.parametrize("name", ["compose.yaml", "compose.scale.yaml"])
def test_compose_waits_longer_than_the_answers_may_take(name: str) -> None:
    compose = (ROOT / name).read_text(encoding="utf-8")
    settings = (ROOT / "chatsite" / "settings.py").read_text(encoding="utf-8")
    (grace_s,) = re.findall(r"stop_grace_period: (\d+)s", compose)
    (drain_s,) = re.findall(r'"DRAIN_S", default=(\d+)', settings)

    assert int(grace_s) > int(drain_s) + 1


def test_the_commands_of_the_second_shape_exist() -> None:
    compose = (ROOT / "compose.scale.yaml").read_text(encoding="utf-8")
    commands = [json.loads(found) for found in re.findall(r"command: (\[.*manage.py.*\])", compose)]

    assert [command[2] for command in commands] == ["serve", "run_turns", "migrate"]
    for _, _, name, *flags in commands:
        options = load_command_class(get_commands()[name], name).create_parser("manage.py", name).format_help()
        assert all(flag in options for flag in flags)


def test_the_files_of_the_image_are_enough_for_a_site(tmp_path: Path) -> None:
    """The build's own steps, but with this environment's Python, and with static files packed quickly."""
    for source in _copied():
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        copy(ROOT / source, tmp_path / source)
    (collect,) = [rest for name, rest in BUILD if name == "RUN" and "collectstatic" in rest]
    environment = clean(DATA_DIR=str(tmp_path / "data"))

    for arguments in (re.findall(r"manage\.py (.*?) &&", collect)[0], "migrate --verbosity=0", "doctor"):
        ended = subprocess.run(
            [sys.executable, "-c", QUICKLY_PACKED, *arguments.split()],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
