"""The stand-in's API beyond scenes: addresses, headers, refusals of bad requests."""

from base64 import b64encode
from typing import Any

import anthropic
import httpx2
import pytest

from conversations.claude.listing import list_models
from conversations.demo.transport import DemoTransport

HELLO: dict[str, Any] = {
    "model": "claude-opus-5-5",
    "max_tokens": 500,
    "messages": [{"role": "user", "content": "Hello"}],
}
HEADERS = {"authorization": "Bearer any", "anthropic-version": "2026-10-21"}


def with_block(block: dict[str, Any]) -> dict[str, Any]:
    return HELLO | {"messages": [{"role": "user", "content": [block]}]}


def image(data: str, media_type: str = "image/png") -> dict[str, Any]:
    return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}


async def post(body: Any, path: str = "/v1/messages", headers: dict[str, str] = HEADERS) -> httpx2.Response:
    async with httpx2.AsyncClient(transport=DemoTransport(), base_url="http://demo") as client:
        return await client.post(path, json=body, headers=headers)


async def test_a_whole_message_can_be_had_at_once() -> None:
    client = anthropic.AsyncAnthropic(api_key="any", http_client=httpx2.AsyncClient(transport=DemoTransport()))

    async with client:
        message = await client.messages.create(**HELLO)

    assert message.content[0].type == "text"
    assert "demo stand-in" in message.content[0].text
    assert message.stop_reason == "end_turn"
    assert message.usage.output_tokens > 50
    assert message._request_id
    assert message._request_id.startswith("req_demo_")


async def test_every_answer_tells_the_rate_limit() -> None:
    headers = (await post(HELLO)).headers

    assert int(headers["anthropic-ratelimit-requests-remaining"]) < int(headers["anthropic-ratelimit-requests-limit"])
    assert headers["anthropic-ratelimit-requests-reset"].endswith("Z")


async def test_tokens_are_counted_without_an_answer() -> None:
    short = (await post(HELLO, "/v1/messages/count_tokens")).json()
    system = (await post(HELLO | {"system": "Be brief. " * 30}, "/v1/messages/count_tokens")).json()

    assert 0 < short["input_tokens"] < 20
    assert 100 < system["input_tokens"] < 150


async def test_the_models_are_those_of_the_catalogue() -> None:
    models = {model.id: model for model in await list_models()}

    assert models["claude-opus-5-5"].max_output_tokens == 128_000
    assert models["claude-sonnet-4-5"].lifecycle == "deprecated"
    assert models["claude-opus-4-1"].lifecycle == "retired"


async def test_a_model_that_retired_is_not_found() -> None:
    assert (await post(HELLO | {"model": "claude-opus-4-1"})).status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "kind", "word"),
    [
        ({**HELLO, "model": "claude-of-tomorrow"}, 404, "not_found_error", "claude-of-tomorrow"),
        ({**HELLO, "temperature": 1.0}, 400, "invalid_request_error", "temperature"),
        ({**HELLO, "top_p": 1.0}, 400, "invalid_request_error", "top_p"),
        ({"model": "claude-opus-5-5", "messages": HELLO["messages"]}, 400, "invalid_request_error", "max_tokens"),
        ({**HELLO, "max_tokens": 0}, 400, "invalid_request_error", "max_tokens"),
        ({**HELLO, "max_tokens": 128_001}, 400, "invalid_request_error", "max_tokens"),
        ({**HELLO, "messages": []}, 400, "invalid_request_error", "messages"),
        ({**HELLO, "messages": [{"role": "user", "content": ""}]}, 400, "invalid_request_error", "empty"),
        ({**HELLO, "messages": [{"role": "tool", "content": "x"}]}, 400, "invalid_request_error", "role"),
        ({**HELLO, "messages": [{"role": "assistant", "content": "x"}]}, 400, "invalid_request_error", "first"),
        (
            {**HELLO, "messages": [*HELLO["messages"], {"role": "assistant", "content": "{"}]},
            400,
            "invalid_request_error",
            "prefill",
        ),
        ({**HELLO, "thinking": {"type": "disabled"}}, 400, "invalid_request_error", "thinking"),
        (with_block({"type": "text", "text": " "}), 400, "invalid_request_error", "non-empty"),
        (with_block({"type": "video"}), 400, "invalid_request_error", "type"),
        (with_block(image("====")), 400, "invalid_request_error", "base64"),
        (with_block(image(b64encode(b"<svg/>").decode(), "image/svg+xml")), 400, "invalid_request_error", "media type"),
        ("not an object", 400, "invalid_request_error", "object"),
    ],
)
async def test_a_bad_request_is_refused_as_the_api_refuses_it(body: Any, status: int, kind: str, word: str) -> None:
    response = await post(body)

    error = response.json()
    assert response.status_code == status
    assert error["type"] == "error"
    assert error["error"]["type"] == kind
    assert word in error["error"]["message"]
    assert error["request_id"] == response.headers["request-id"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"anthropic-version": "2026-10-21"}, 401), ({"authorization": "Bearer any"}, 400), ({"x-api-key": "any"}, 400)],
)
async def test_a_request_without_key_or_version_is_refused(headers: dict[str, str], status: int) -> None:
    assert (await post(HELLO, headers=headers)).status_code == status


async def test_other_addresses_do_not_exist() -> None:
    assert (await post(HELLO, "/v1/complete")).status_code == 404
