"""Tools that run at the vendor's: which version of each goes with a model. A version that it does not take is a 400."""

from collections.abc import Mapping
from typing import Any

from .ask import ServerTool
from .cards import ModelCard

# Called by Claude itself: the newer versions would otherwise run through code execution, which costs another tool.
DIRECT = {"allowed_callers": ["direct"]}

NEW: Mapping[str, Mapping[str, Any]] = {
    "code_execution": {"type": "code_execution_20260521"},
    "web_fetch": {"type": "web_fetch_20260318", **DIRECT},
    "web_search": {"type": "web_search_20260318", **DIRECT},
}
OLD: Mapping[str, Mapping[str, Any]] = {
    "code_execution": {"type": "code_execution_20250825"},
    "web_fetch": {"type": "web_fetch_20250910"},
    "web_search": {"type": "web_search_20250305"},
}


def definition_of(tool: ServerTool, model: ModelCard) -> dict[str, Any]:
    """In the shape of the request."""
    versions = NEW if model.takes_new_server_tools else OLD
    return {"name": tool.name, **versions[tool.name], **tool.options}
