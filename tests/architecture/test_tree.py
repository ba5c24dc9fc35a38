"""What must not stand anywhere, and what the documents promise."""

import re
import subprocess
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from tests.architecture.tree import ROOT, tracked

# In pieces, since this file is part of the tree.
HOSTS = [
    ".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("registry", "npmjs"), ("debian", "org"))
]
OWN = {"test", "bench", "pictures"}  # what ./run knows besides the commands of manage.py
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "docs/admin.md", "docs/contract.md", "docs/running.md")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@pytest.mark.parametrize("host", HOSTS)
def test_no_package_host_is_named(host: str) -> None:
    assert [str(path.relative_to(ROOT)) for path in tracked() if host in _text(path)] == []


def test_no_path_of_a_machine_is_named() -> None:
    homes = re.compile(r"/(?:home|Users)/\w+/|" + re.escape(f"{ROOT}/"))

    assert [str(path.relative_to(ROOT)) for path in tracked() if homes.search(_text(path))] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_commands_of_the_documents_exist(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    told = re.findall(r"(?:\./run|manage\.py) ([a-z_]+)((?: --[a-z-]+)*)", text)

    assert told
    for name, flags in told:
        if name in OWN:
            continue
        parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
        for flag in flags.split():
            assert flag in parser.format_help(), f"{name} knows no {flag}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_files_that_the_documents_link_to_exist(document: str) -> None:
    path = ROOT / document
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text(encoding="utf-8"))

    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("script", ["run", ".ci/run"])
def test_the_scripts_can_be_run(script: str) -> None:
    path = ROOT / script

    assert path.stat().st_mode & 0o111
    assert subprocess.run(["bash", "-n", str(path)], check=False).returncode == 0
