"""Tools that run at the vendor's, as the owner limits them. Pure."""

from collections.abc import Mapping
from typing import Any, Literal

from conversations.claude.ask import ServerTool
from conversations.models import ToolSwitch

MAX_USES = 5  # where the owner says nothing; without a number the API sets no limit to fetching
MAX_FETCHED_TOKENS = 40_000

Name = Literal["code_execution", "web_fetch", "web_search"]
OPTIONS: Mapping[Name, Mapping[str, Any]] = {
    "code_execution": {},
    "web_fetch": {"citations": {"enabled": True}, "max_content_tokens": MAX_FETCHED_TOKENS},
    "web_search": {},
}
WITH_LIMITS = frozenset({"web_fetch", "web_search"})
# By what names Claude asks for it, where not by its own.
ASKED_AS: Mapping[str, tuple[str, ...]] = {
    "code_execution": ("bash_code_execution", "code_execution", "text_editor_code_execution")
}


def server_tool(name: Name, switch: ToolSwitch) -> ServerTool:
    options = dict(OPTIONS[name])
    if name in WITH_LIMITS:
        options["max_uses"] = switch.max_uses or MAX_USES
        for kind in ("allowed_domains", "blocked_domains"):
            if domains := sorted(getattr(switch, kind).split()):
                options[kind] = domains
                break
    return ServerTool(name, options)
