"""Every knob has its line in the README, and every line its knob."""

import ast
import re

from tests.architecture.tree import ROOT


def _read_in_settings() -> set[str]:
    """The variables that settings.py asks the environment for."""
    tree = ast.parse((ROOT / "chatsite" / "settings.py").read_text(encoding="utf-8"))
    calls = [
        (call.func.attr, call.args[0].value)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "env"
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    ]
    return {name for _, name in calls} | {f"{name}_FILE" for reader, name in calls if reader == "secret"}


def _told_in_the_readme() -> set[str]:
    rows = re.findall(r"^\| (`[A-Z].*?) \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", row)}


def test_the_readme_tells_every_setting_and_no_other() -> None:
    read = _read_in_settings()

    assert len(read) > 20
    assert read - _told_in_the_readme() == set()
    assert _told_in_the_readme() - read == set()


def test_the_environment_is_read_in_one_place() -> None:
    readers = [
        path.name
        for folder in ("chatsite", "conversations")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"os\.environ\b(?!\.setdefault)|os\.getenv", path.read_text(encoding="utf-8"))
    ]

    assert readers == []
