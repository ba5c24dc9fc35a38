"""Who passes Claude on to this site: the vendor's own API, or a cloud that has Claude too. What each calls a model,
where it takes a question, and what it lacks. Pure but for the settings.

As of 2026-11-21, from the vendor's pages on each platform and from what the SDK's clients do and refuse.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from django.conf import settings

from .catalogue import canonical
from .model_list import ALIASES

API_VERSION = "2026-10-21"  # where it goes into the body; the SDK's clients send the same
MESSAGES = "/v1/messages"
REQUEST_IDS = ("request-id", "x-amzn-requestid", "apim-request-id")  # of the API, AWS and Azure
DATED = re.compile(r"-(\d{8})$")
WITH_DATE = {short: name for name, short in ALIASES.items() if DATED.search(name)}
DECORATION = re.compile(r"^(?:\w+\.)?anthropic\.|-v\d+(?::\d+)?$")  # of Bedrock, around our ids
UNDATED_AT_RUNTIME = {"claude-opus-4-6": "claude-opus-4-6-v1", "claude-sonnet-4-6": "claude-sonnet-4-6"}


class Lack(StrEnum):
    """What a provider may not have, in words for people."""

    LISTING = "a list of its models"
    COUNTING = "a count of tokens before a question"
    BATCHES = "batches"
    SERVER_TOOLS = "web search, web fetch and code execution at the vendor's"
    TERMS = "fast mode, data residency by request and service tiers"
    DIAGNOSTICS = "the reasons why a prompt was not in the cache"


@dataclass(frozen=True, slots=True)
class Provider:
    """`without_forms` are models that it does not let answer as data of a given form."""

    title: str
    lacks: frozenset[Lack] = frozenset()
    without_forms: frozenset[str] = frozenset()


_EVERY_CLOUD = frozenset({Lack.LISTING, Lack.BATCHES, Lack.TERMS, Lack.DIAGNOSTICS})
PROVIDERS = {
    "anthropic": Provider("the Claude API"),
    "demo": Provider("the stand-in"),
    "bedrock": Provider("Amazon Bedrock", _EVERY_CLOUD | {Lack.SERVER_TOOLS}, frozenset({"claude-haiku-5-5"})),
    "vertex": Provider("Google Vertex AI", _EVERY_CLOUD | {Lack.SERVER_TOOLS}),
    "foundry": Provider("Microsoft Foundry", _EVERY_CLOUD),
}

CLOUDS = ("bedrock", "vertex", "foundry")


def provider() -> Provider:
    return PROVIDERS[settings.CLAUDE_PROVIDER]


def lacks(what: Lack) -> bool:
    return what in provider().lacks or (what == Lack.COUNTING and is_framed())


def missing(what: Lack) -> str:
    """A sentence for the pages that are about it; "" where the provider has it."""
    title = provider().title
    return f"This site asks Claude at {title}, which lacks {what}." if lacks(what) else ""


def is_framed() -> bool:
    """Whether answers come in the binary frames of AWS: from the older endpoint of Bedrock alone."""
    return settings.CLAUDE_PROVIDER == "bedrock" and settings.BEDROCK_ENDPOINT == "runtime"


def most_bytes() -> int:
    """Of a request: larger ones would be uploaded only to be refused. The API takes 32 MB, some who pass it on 30."""
    return 20_000_000 if settings.CLAUDE_PROVIDER == "bedrock" else 30_000_000


def is_signed() -> bool:
    """Whether a request is made ready as a whole, be it to sign it: then it cannot leave in pieces."""
    return settings.CLAUDE_PROVIDER in ("bedrock", "vertex")


def their_id(model: str) -> str:
    """What the provider calls this model."""
    if model in settings.CLAUDE_MODEL_IDS:
        return str(settings.CLAUDE_MODEL_IDS[model])
    match settings.CLAUDE_PROVIDER:
        case "bedrock" if is_framed():
            name = UNDATED_AT_RUNTIME.get(model) or f"{_with_date(model)}-v1:0"
            return f"global.anthropic.{name}"
        case "bedrock":
            return f"anthropic.{DATED.sub('', model)}"
        case "vertex":
            return DATED.sub(r"@\1", _with_date(model))
    return model


def _with_date(model: str) -> str:
    """AWS and Google know models of the generation 4.5 by their whole names alone."""
    return WITH_DATE.get(canonical(model), model)


def our_id(theirs: str) -> str:
    """The model that an answer names, as the site knows it: prices and cards go by that."""
    for ours, given in settings.CLAUDE_MODEL_IDS.items():
        if given == theirs:
            return str(ours)
    if settings.CLAUDE_PROVIDER not in ("bedrock", "vertex"):
        return theirs
    return DECORATION.sub("", theirs.rpartition("/")[2]).replace("@", "-")


def is_regional(model: str) -> bool:
    """Whether the answer is made in a region of one's choice, which costs more than anywhere in the world."""
    match settings.CLAUDE_PROVIDER:
        case "bedrock":
            return not their_id(model).rpartition("/")[2].startswith("global.")
        case "vertex":
            return bool(settings.CLOUD_ML_REGION != "global")
    return False


def path_of(model: str) -> str:
    """Where a question to this model goes, whose answer is to stream."""
    if is_framed():
        return f"/model/{quote(their_id(model), safe=':')}/invoke-with-response-stream"
    if settings.CLAUDE_PROVIDER == "vertex":
        where = f"/projects/{settings.ANTHROPIC_VERTEX_PROJECT_ID}/locations/{settings.CLOUD_ML_REGION}"
        return f"{where}/publishers/anthropic/models/{their_id(model)}:streamRawPredict"
    return MESSAGES


def request_id_of(headers: Mapping[str, str]) -> str:
    """By which whoever answered can find the request; Google tells none."""
    return next((headers[name] for name in REQUEST_IDS if headers.get(name)), "")


def dressed(request: dict[str, Any]) -> dict[str, Any]:
    """The request to /v1/messages as this provider takes it."""
    body = {**request, "model": their_id(request["model"])}
    if lacks(Lack.DIAGNOSTICS):
        body.pop("diagnostics", None)
    if is_framed() or settings.CLAUDE_PROVIDER == "vertex":
        del body["model"]
        body["anthropic_version"] = API_VERSION
    if is_framed():
        body.pop("stream", None)
    return body
