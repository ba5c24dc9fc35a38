"""Asking a server for its tools, when the owner says so."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asgiref.sync import async_to_sync
from django.db import transaction

from conversations.models import ServedTool, ToolServer
from conversations.tools.servers import link_to, note_answer

if TYPE_CHECKING:
    from conversations.tools.mcp_client import Listed

MAX_TOOLS = 200  # of one server
MAX_NAME = 128
MAX_SCHEMA_CHARS = 16_000
PROPERTY = re.compile(r"[a-zA-Z0-9_.-]{1,64}")


@dataclass(frozen=True, slots=True)
class Changes:
    """The names of the tools that came, went, and are described otherwise than before; how many are of no use here."""

    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unusable: int = 0


def refresh(server: ToolServer) -> Changes | None:
    """None when it does not answer: then `server.fault` says why, and what was known stays.

    A tool that is new is off. One that is described otherwise than before is off again: what the owner let in was
    something else.
    """
    from conversations.tools import mcp_client  # optional

    try:
        told = async_to_sync(mcp_client.list_tools)(link_to(server))
    except mcp_client.Unreachable as error:
        note_answer(server, fault=str(error))
        return None
    listed = {tool.name: tool for tool in told[:MAX_TOOLS] if _is_usable(tool)}
    with transaction.atomic():
        known = {row.name: row for row in server.tools.all()}
        gone = sorted(known.keys() - listed.keys())
        server.tools.filter(name__in=gone).delete()
        new = sorted(listed.keys() - known.keys())
        changed = [name for name in sorted(known.keys() & listed.keys()) if _differs(known[name], listed[name])]
        for name in (*new, *changed):
            facts = {"description": listed[name].description, "input_schema": dict(listed[name].input_schema)}
            server.tools.update_or_create(name=name, defaults=facts | {"is_on": False})
        note_answer(server)
    return Changes(tuple(new), tuple(gone), tuple(changed), len(told) - len(listed))


def _differs(row: ServedTool, listed: "Listed") -> bool:
    return (row.description, row.input_schema) != (listed.description, listed.input_schema)


def _is_usable(listed: "Listed") -> bool:
    """Whether the API would take it: one schema that it does not take would fail every question of the site."""
    schema = listed.input_schema
    if schema.get("type") != "object" or {"oneOf", "anyOf", "allOf"} & schema.keys():
        return False
    names = schema.get("properties") or {}
    if not isinstance(names, dict) or not all(PROPERTY.fullmatch(str(name)) for name in names):
        return False
    return len(listed.name) <= MAX_NAME and len(json.dumps(schema)) <= MAX_SCHEMA_CHARS and _is_valid(schema)


def _is_valid(schema: Mapping[str, Any]) -> bool:
    from jsonschema import Draft202012Validator, SchemaError  # comes with the optional `mcp`

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError:
        return False
    return True
