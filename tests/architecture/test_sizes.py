"""A file is one idea and a function one screen."""

import ast
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, tracked

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50


def _files() -> list[Path]:
    return [path for path in tracked("*.py", "*.js", "*.html") if "migrations" not in path.parts]


def test_no_file_has_become_a_hall() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in _files()}

    assert len(lengths) > 50
    assert {str(path): lines for path, lines in lengths.items() if lines > MAX_FILE_LINES} == {}


@pytest.mark.parametrize("room", ["chatsite", "conversations", "tests"])
def test_no_function_is_longer_than_a_screen(room: str) -> None:
    long = {
        f"{path.relative_to(ROOT)}:{node.name}": lines
        for path in _files()
        if path.suffix == ".py" and path.is_relative_to(ROOT / room)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > MAX_FUNCTION_LINES
    }

    assert long == {}
