"""Claude at a cloud, over the wire: each in its own dialect, and all of them alike for whoever asks."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from anthropic.lib.aws import _auth
from pytest_django import Settings

from conversations.claude.ask import Ask, TextPart, ToolSpec, Utterance
from conversations.claude.client import open_client
from conversations.claude.events import BlockEnded, Refused, TextArrived
from conversations.claude.measure import counted_tokens
from conversations.claude.providers import our_id, their_id
from conversations.claude.stream import answer
from tests.upstream import Gate, Hang, Reply, Request, Upstream, begin, block_start, block_stop, end, spoken, text
from tests.upstream.clouds import aws_error, exception, framed, google_error, service_account
from tests.upstream.script import sse

from .conftest import QUESTION, outcome_of

OPUS, OLD_OPUS = "claude-opus-5-5", "claude-opus-4-6"
VERTEX_PATH = f"/projects/a-project/locations/global/publishers/anthropic/models/{OPUS}:streamRawPredict"
CLOUDS = ["mantle", "runtime", "vertex", "foundry"]


def is_token(request: Request) -> bool:
    return request.path == "/token"


def mantle(upstream: Upstream, settings: Any, tmp_path: Path) -> None:
    settings.CLAUDE_PROVIDER, settings.ANTHROPIC_BEDROCK_MANTLE_BASE_URL = "bedrock", upstream.base_url


def runtime(upstream: Upstream, settings: Any, tmp_path: Path) -> None:
    settings.CLAUDE_PROVIDER, settings.ANTHROPIC_BEDROCK_BASE_URL = "bedrock", upstream.base_url
    settings.BEDROCK_ENDPOINT = "runtime"


def vertex(upstream: Upstream, settings: Any, tmp_path: Path) -> None:
    settings.CLAUDE_PROVIDER, settings.ANTHROPIC_VERTEX_BASE_URL = "vertex", upstream.base_url
    settings.ANTHROPIC_VERTEX_PROJECT_ID = "a-project"
    token = {"access_token": "token-of-google", "expires_in": 3600, "token_type": "Bearer"}
    upstream.script(Reply.json(token), when=is_token)


def foundry(upstream: Upstream, settings: Any, tmp_path: Path) -> None:
    settings.CLAUDE_PROVIDER, settings.ANTHROPIC_FOUNDRY_BASE_URL = "foundry", upstream.base_url
    settings.ANTHROPIC_FOUNDRY_API_KEY = "key-of-azure"


@pytest.fixture(autouse=True)
def credentials(upstream: Upstream, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each cloud's own, in its own places; and none of the vendor's."""
    settings.ANTHROPIC_API_KEY = ""
    settings.AWS_REGION = "eu-west-1"
    account = service_account(tmp_path / "account.json", f"{upstream.base_url}/token")
    for name, value in {
        "AWS_ACCESS_KEY_ID": "key-of-aws",
        "AWS_SECRET_ACCESS_KEY": "secret-of-aws",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "GOOGLE_APPLICATION_CREDENTIALS": str(account),
    }.items():
        monkeypatch.setenv(name, value)
    getattr(_auth._get_session, "cache_clear")()  # noqa: B009  (the SDK keeps the session of a process)


@pytest.fixture(params=CLOUDS)
def cloud(request: pytest.FixtureRequest, upstream: Upstream, settings: Settings, tmp_path: Path) -> str:
    enter: Callable[..., None] = globals()[request.param]
    enter(upstream, settings, tmp_path)
    return str(request.param)


def told_by(cloud: str, reply: Reply) -> Reply:
    return framed(reply) if cloud == "runtime" else reply


def questions(upstream: Upstream) -> list[Request]:
    return [request for request in upstream.requests if not is_token(request)]


async def test_an_answer_streams_and_is_booked_under_our_name_of_its_model(cloud: str, upstream: Upstream) -> None:
    named = begin(model=their_id(OPUS))
    upstream.script(told_by(cloud, Reply.streaming(named, text("A drowned "), text("valley."), end(), slice_bytes=7)))

    outcome = await outcome_of()

    assert (outcome.text, outcome.is_complete, outcome.reason) == ("A drowned valley.", True, "")
    assert (outcome.attempt.answered_model, outcome.attempt.tokens.input) == (OPUS, 12)
    expected = "aws-request" if cloud == "runtime" else "req_upstream"
    assert outcome.attempt.request_id == expected


@pytest.mark.parametrize(
    ("cloud", "path", "authorization"),
    [
        ("mantle", "/v1/messages", "AWS4-HMAC-SHA256 Credential=key-of-aws/"),
        ("runtime", "/model/global.anthropic.claude-opus-4-6-v1/invoke-with-response-stream", "AWS4-HMAC-SHA256 "),
        ("vertex", VERTEX_PATH, "Bearer token-of-google"),
        ("foundry", "/v1/messages", ""),
    ],
    indirect=["cloud"],
)
async def test_what_leaves_is_what_the_sdks_own_door_would_send(
    cloud: str, path: str, authorization: str, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key-of-the-vendor")
    model = OLD_OPUS if cloud == "runtime" else OPUS
    ask = replace(QUESTION, model=model, follows="msg_before", thinking="off")
    upstream.otherwise = lambda _: told_by(cloud, spoken())

    await outcome_of(ask)
    client = await open_client()
    theirs = await client.messages.create(
        model=their_id(model), max_tokens=1000, messages=[{"role": "user", "content": "x"}], stream=True
    )
    await theirs.close()

    ours, sdks = questions(upstream)[-2:]
    assert ours.path == sdks.path == path
    assert ours.headers.get("authorization", "").startswith(authorization)
    assert {"model", "stream", "anthropic_version"} & ours.body.keys() == sdks.body.keys() - {"max_tokens", "messages"}
    assert ours.body.get("model") == sdks.body.get("model")
    assert ours.body.get("anthropic_version") == sdks.body.get("anthropic_version")
    assert "diagnostics" not in ours.body
    assert "key-of-the-vendor" not in f"{ours.headers}"
    assert ours.headers.get("x-api-key") == ("key-of-azure" if cloud == "foundry" else None)


async def test_a_token_of_google_is_asked_for_once(upstream: Upstream, settings: Settings, tmp_path: Path) -> None:
    vertex(upstream, settings, tmp_path)

    await outcome_of()
    await outcome_of()

    assert len(list(filter(is_token, upstream.requests))) == 1
    assert len(questions(upstream)) == 2


async def test_a_declined_question_is_an_outcome(cloud: str, upstream: Upstream) -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": "No."}
    upstream.script(
        told_by(cloud, Reply.streaming(begin(index=None), end("refusal", index=None, stop_details=details)))
    )

    outcome = await outcome_of()

    assert [refused.category for refused in outcome.of(Refused)] == ["cyber"]


async def test_claude_asks_for_a_tool(cloud: str, upstream: Upstream) -> None:
    asked = block_start(0, "tool_use", id="toolu_1", name="clock", input={})
    given = sse(
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "input_json_delta", "partial_json": '{"time_zone": "UTC"}'},
        }
    )
    reply = Reply.streaming(begin(index=None), asked, given, block_stop(0), end("tool_use", index=None))
    upstream.script(told_by(cloud, reply))
    clock = ToolSpec("clock", "Tells the time.", {"type": "object", "properties": {}})

    outcome = await outcome_of(replace(QUESTION, tools=(clock,)))

    (block,) = [ended.block for ended in outcome.of(BlockEnded)]
    assert (block["name"], block["input"]) == ("clock", {"time_zone": "UTC"})
    assert questions(upstream)[0].body["tools"][0]["name"] == "clock"


async def test_whoever_stops_closes_the_upstream(cloud: str, upstream: Upstream) -> None:
    upstream.script(told_by(cloud, Reply.streaming(begin(), text("A drowned"), Hang())))

    events = answer(QUESTION)
    async for event in events:
        if isinstance(event, TextArrived):
            break
    await events.aclose()

    await upstream.left(questions(upstream)[0])


async def test_a_large_request_arrives_whole(cloud: str, upstream: Upstream) -> None:
    upstream.script(told_by(cloud, spoken()))
    words = "word " * 200_000

    outcome = await outcome_of(Ask(OPUS, (Utterance("user", (TextPart(words),)),), max_tokens=1000))

    assert outcome.is_complete
    assert words.strip() in json.dumps(questions(upstream)[0].body)


@pytest.mark.parametrize(
    ("cloud", "status", "kind", "words", "reason"),
    [
        ("runtime", 429, "ThrottlingException", "Too many tokens", "rate_limited"),
        ("mantle", 429, "ThrottlingException", "Too many requests", "rate_limited"),
        ("runtime", 403, "ExpiredTokenException", "The security token is expired", "unauthorized"),
        ("runtime", 403, "AccessDeniedException", f"You have no access to anthropic.{OPUS}", "model_not_found"),
        ("runtime", 404, "ResourceNotFoundException", "No such model", "model_not_found"),
        ("runtime", 400, "ValidationException", "Input is too long for requested model.", "too_long"),
        ("runtime", 400, "ValidationException", "Malformed", "invalid_request"),
        ("runtime", 424, "ModelErrorException", "It failed", "api_error"),
        ("runtime", 503, "ServiceUnavailableException", "Not now", "api_error"),
        ("vertex", 429, "RESOURCE_EXHAUSTED", "Quota exceeded", "rate_limited"),
        ("vertex", 403, "PERMISSION_DENIED", f"Permission denied on models/{OPUS}", "unauthorized"),
        ("vertex", 401, "UNAUTHENTICATED", "Invalid token", "unauthorized"),
        ("vertex", 404, "NOT_FOUND", f"Publisher model {OPUS} was not found", "model_not_found"),
        ("vertex", 503, "UNAVAILABLE", "Not now", "api_error"),
        ("foundry", 401, "unauthorized", "Access denied due to invalid key", "unauthorized"),
        ("foundry", 404, "DeploymentNotFound", "No such deployment", "model_not_found"),
        ("foundry", 429, "too_many", "Slow down", "rate_limited"),
    ],
    indirect=["cloud"],
)
async def test_a_cloud_that_refuses_is_understood(
    cloud: str, upstream: Upstream, status: int, kind: str, words: str, reason: str
) -> None:
    reply = (google_error if cloud == "vertex" else aws_error)(status, kind, words)
    upstream.script(reply, when=lambda request: not is_token(request))

    outcome = await outcome_of()

    assert (outcome.reason, outcome.attempt.billed) == (reason, False)
    assert outcome.attempt.request_id == ("" if cloud == "vertex" else "aws-request")
    assert words not in str(outcome.error)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("throttlingException", "rate_limited"),
        ("serviceUnavailableException", "overloaded"),
        ("modelStreamErrorException", "api_error"),
        ("internalServerException", "api_error"),
    ],
)
async def test_a_stream_of_aws_that_breaks_says_why(
    upstream: Upstream, settings: Settings, tmp_path: Path, kind: str, reason: str
) -> None:
    runtime(upstream, settings, tmp_path)
    whole = framed(Reply.streaming(begin(), text("A drowned")))
    upstream.script(replace(whole, steps=(*whole.steps, exception(kind))))

    outcome = await outcome_of()

    assert (outcome.text, outcome.reason) == ("A drowned", reason)
    assert outcome.attempt.estimated


async def test_a_damaged_frame_is_a_fault_of_the_protocol(
    upstream: Upstream, settings: Settings, tmp_path: Path
) -> None:
    runtime(upstream, settings, tmp_path)
    whole = framed(Reply.streaming(begin(), text("A drowned"), text(" valley."), end()))
    *before, frame, stop_reason, end_of_all = whole.steps
    assert isinstance(frame, bytes)
    damaged = frame[:20] + b"damage" + frame[26:]
    upstream.script(replace(whole, steps=(*before, damaged, stop_reason, end_of_all)))

    assert (await outcome_of()).reason == "protocol"


@pytest.mark.parametrize("cloud", ["mantle", "runtime"], indirect=True)
async def test_missing_credentials_of_aws_deny_the_site_its_access(
    cloud: str, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)

    outcome = await outcome_of()

    assert (outcome.reason, upstream.requests) == ("unauthorized", [])


async def test_a_bearer_token_of_bedrock_needs_no_other_credentials(
    upstream: Upstream, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    settings.AWS_BEARER_TOKEN_BEDROCK = "token-of-aws"
    mantle(upstream, settings, tmp_path)

    await outcome_of()

    assert upstream.requests[0].headers["authorization"] == "Bearer token-of-aws"


async def test_a_service_account_that_google_does_not_know_denies_the_site_its_access(
    upstream: Upstream, settings: Settings, tmp_path: Path
) -> None:
    invalid = Reply((b'{"error": "invalid_grant"}',), status=400, headers={"content-type": "application/json"})
    upstream.script(invalid, when=is_token)
    vertex(upstream, settings, tmp_path)

    outcome = await outcome_of()

    assert (outcome.reason, questions(upstream)) == ("unauthorized", [])


async def test_google_that_cannot_be_reached_for_a_token_is_a_lost_connection(
    upstream: Upstream, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vertex(upstream, settings, tmp_path)
    away = service_account(tmp_path / "away.json", "http://127.0.0.1:9/token")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(away))
    settings.CLAUDE_FIRST_BYTE_S = 30

    assert (await outcome_of()).reason == "connection"


async def test_others_go_on_while_a_token_is_fetched(upstream: Upstream, settings: Settings, tmp_path: Path) -> None:
    token = Reply.json({"access_token": "late", "expires_in": 3600, "token_type": "Bearer"})
    upstream.script(replace(token, steps_before=(Gate("token"),)), when=is_token)
    vertex(upstream, settings, tmp_path)

    asking = asyncio.create_task(outcome_of())
    await upstream.reached("token")  # by this loop, which the fetching does not hold
    upstream.release("token")

    assert (await asking).is_complete


@pytest.mark.parametrize("cloud", ["mantle", "vertex", "foundry"], indirect=True)
async def test_tokens_are_counted_where_the_cloud_counts(cloud: str, upstream: Upstream) -> None:
    upstream.script(Reply.json({"input_tokens": 7}), when=lambda request: "count" in request.path)

    assert await counted_tokens(QUESTION) == 7


async def test_the_older_endpoint_is_not_asked_to_count(upstream: Upstream, settings: Settings, tmp_path: Path) -> None:
    runtime(upstream, settings, tmp_path)

    assert await counted_tokens(QUESTION) is None
    assert upstream.requests == []


@pytest.mark.parametrize(
    ("provider", "endpoint", "model", "theirs"),
    [
        ("bedrock", "messages", "claude-opus-5-5", "anthropic.claude-opus-5-5"),
        ("bedrock", "runtime", "claude-opus-4-6", "global.anthropic.claude-opus-4-6-v1"),
        ("bedrock", "runtime", "claude-sonnet-4-6", "global.anthropic.claude-sonnet-4-6"),
        ("bedrock", "runtime", "claude-haiku-4-5-20251001", "global.anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("vertex", "messages", "claude-opus-5-5", "claude-opus-5-5"),
        ("vertex", "messages", "claude-haiku-4-5-20251001", "claude-haiku-4-5@20251001"),
        ("foundry", "messages", "claude-opus-5-5", "claude-opus-5-5"),
        ("anthropic", "messages", "claude-opus-5-5", "claude-opus-5-5"),
    ],
)
def test_each_cloud_has_its_own_names_for_models(
    settings: Settings, provider: str, endpoint: str, model: str, theirs: str
) -> None:
    settings.CLAUDE_PROVIDER, settings.BEDROCK_ENDPOINT = provider, endpoint

    assert their_id(model) == theirs
    assert our_id(theirs) == model


def test_a_name_of_ones_own_goes_first(settings: Settings) -> None:
    profile = "arn:aws:bedrock:eu-west-1:1:application-inference-profile/moss"
    settings.CLAUDE_PROVIDER, settings.CLAUDE_MODEL_IDS = "bedrock", {OPUS: profile}

    assert their_id(OPUS) == profile
    assert our_id(profile) == OPUS
    assert our_id("eu.anthropic.claude-sonnet-4-6") == "claude-sonnet-4-6"
