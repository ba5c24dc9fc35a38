"""Doors ask who is there first, and only the room that renders calls HTML safe."""

import re

import pytest

from tests.architecture.tree import ROOT

DOORS = ("web", "live", "admin", "management", "templatetags")


def _found(pattern: str, *rooms: str) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for room in rooms
        for path in (ROOT / "conversations" / room).rglob("*.py")
        for match in re.finditer(pattern, path.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("door", DOORS)
def test_a_door_finds_rows_from_the_person(door: str) -> None:
    assert _found(r"\.objects\.get\(|\.raw\(|\.extra\(", door) == []


def test_no_door_and_no_workroom_calls_html_safe() -> None:
    rooms = [path.name for path in (ROOT / "conversations").iterdir() if path.is_dir() and path.name != "rendering"]

    assert {"web", "models", "turns"} <= set(rooms)
    assert _found(r"\bmark_safe\b|\bSafeString\([^\")]", *rooms) == []
