"""What comes of one request of a batch: the same scenes as in a chat, without their pace."""

import re
from typing import Any

import orjson

from .checks import ApiError, check_message_request
from .counting import prompt_tokens
from .reply import Reply, said_in, terms_of
from .scenes import Scene, scene_for, text_of

Json = dict[str, Any]


def batch_result(request: Json) -> Json:
    try:
        body = check_message_request(request["params"])
    except ApiError as error:
        return _errored(error.kind, error.message)
    data = _data_for(body)
    scene = Scene(data) if data else scene_for(body["messages"])
    if scene.is_overloaded:
        return _errored("overloaded_error", "the stand-in plays an overload")
    if scene.is_expired:
        return {"type": "expired"}
    usage = {"input_tokens": prompt_tokens(body)} | terms_of(body) | {"service_tier": "batch"}
    return {"type": "succeeded", "message": Reply(body, scene, said_in(scene, body), usage).message()}


def _errored(kind: str, message: str) -> Json:
    return {"type": "errored", "error": {"type": "error", "error": {"type": kind, "message": message}}}


def _data_for(body: Json) -> str:
    """Something that a schema allows: the first of an enumeration, else the first words of what was asked about."""
    schema = ((body.get("output_config") or {}).get("format") or {}).get("schema") or {}
    properties = schema.get("properties", {})
    words = " ".join(re.sub(r"<.*?>", "", text_of(body["messages"][-1])).split()[:6])
    chosen = {name: asked["enum"][0] if "enum" in asked else words for name, asked in properties.items()}
    return orjson.dumps(chosen).decode() if chosen else ""
