"""The client: exactly what leaves this machine, and how long it lives."""

import asyncio
import logging

import pytest
from anthropic import AsyncAnthropic
from pytest_django import Settings

from conversations.claude.client import close_client, open_client
from tests.upstream import Reply, Upstream, begin, end, text

from .conftest import outcome_of

OURS = {
    "host",
    "connection",
    "accept",
    "accept-encoding",
    "content-type",
    "content-length",
    "authorization",
    "anthropic-version",
    "user-agent",
}
SDK = {
    "x-stainless-arch",
    "x-stainless-async",
    "x-stainless-lang",
    "x-stainless-os",
    "x-stainless-package-version",
    "x-stainless-retry-count",
    "x-stainless-runtime",
    "x-stainless-runtime-version",
    "x-stainless-timeout",
}


@pytest.fixture
def hostile_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "ANTHROPIC_API_KEY": "key-of-the-shell",
        "ANTHROPIC_AUTH_TOKEN": "token-of-the-shell",
        "ANTHROPIC_CUSTOM_HEADERS": "x-api-key: key-of-the-shell\nX-Leak: 1",
        "ANTHROPIC_BASE_URL": "http://127.0.0.1:1",
        "ANTHROPIC_OPEN_TELEMETRY_TRACES_CONTENT_MODE": "content",
    }.items():
        monkeypatch.setenv(name, value)


async def test_exactly_these_headers_reach_the_upstream(upstream: Upstream, hostile_environment: None) -> None:
    await outcome_of()

    (request,) = upstream.requests
    assert set(request.headers) == OURS | SDK
    assert request.headers["authorization"] == "Bearer test-key"
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["anthropic-version"] == "2026-10-21"
    assert (request.method, request.path) == ("POST", "/v1/messages")


async def test_a_cookie_of_the_upstream_is_never_sent_back(upstream: Upstream) -> None:
    upstream.script(Reply.streaming(begin(), text("Hi."), end(), set_cookie="session=of-somebody; Path=/"))

    await outcome_of()
    await outcome_of()

    assert "cookie" not in upstream.requests[1].headers


async def test_changed_settings_make_another_client(upstream: Upstream, settings: Settings) -> None:
    await outcome_of()
    settings.ANTHROPIC_API_KEY = "rotated-key"

    await outcome_of()

    assert [request.headers["authorization"] for request in upstream.requests] == [
        "Bearer test-key",
        "Bearer rotated-key",
    ]


async def test_the_loop_has_one_client_until_it_is_closed(upstream: Upstream) -> None:
    client = await open_client()

    assert await open_client() is client
    await close_client()
    assert client.is_closed()
    assert await open_client() is not client


def test_a_client_ends_with_its_loop(upstream: Upstream) -> None:
    async def use() -> AsyncAnthropic:
        await outcome_of()
        return await open_client()

    clients = [asyncio.run(use()) for _ in range(2)]

    assert all(client.is_closed() for client in clients)
    assert upstream.connections == 2


def test_the_sdk_never_logs_what_people_write() -> None:
    assert logging.getLogger("anthropic").getEffectiveLevel() >= logging.WARNING
    assert logging.getLogger("httpx2").getEffectiveLevel() >= logging.WARNING


async def test_the_client_traces_nothing(upstream: Upstream, hostile_environment: None) -> None:
    client = await open_client()

    assert client._tracer is None
