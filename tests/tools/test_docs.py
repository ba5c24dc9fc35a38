"""The tool that docs/tools.md tells how to write."""

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

from conversations.tools.calls import Call, outcome_of
from conversations.tools.tool import Caller

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs" / "tools.md"


def documented() -> Any:
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    written: dict[str, Any] = {}
    exec(code, written)  # noqa: S102  (our own document)
    return written["roll_dice"]


def test_the_example_has_the_schema_that_its_signature_says() -> None:
    schema = documented().input_schema

    assert schema["required"] == ["sides"]
    assert schema["properties"] == {
        "sides": {
            "description": "How many sides each die has.",
            "maximum": 1000,
            "minimum": 2,
            "type": "integer",
        },
        "count": {"default": 1, "type": "integer"},
    }
    assert documented().description.startswith("Rolls dice and tells what each of them shows.\n\nUse it")
    assert documented().limit_s == 2


async def test_the_example_runs_within_its_limits() -> None:
    caller, dice = Caller(7, uuid4()), documented()

    rolled = await outcome_of(Call("toolu_1", "roll_dice", {"sides": 6, "count": 3}), [dice], caller)
    too_many = await outcome_of(Call("toolu_2", "roll_dice", {"sides": 6, "count": 101}), [dice], caller)

    assert re.fullmatch(r"[1-6], [1-6], [1-6]", rolled.text)
    assert (too_many.is_error, too_many.text) == (True, "At most 100 dice can be rolled at once.")
