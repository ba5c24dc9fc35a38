"""The one client of the Claude API in this process: key, address, transport and time-outs, from settings alone."""

import asyncio
import logging
import ssl
from collections.abc import AsyncGenerator
from functools import cache, partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, NamedTuple, cast

import aiohttp
import httpx2
from anthropic import AsyncAnthropic, DefaultAioHttpClient
from django.conf import settings
from django.utils.module_loading import import_string

from .clouds import cloud_access, cloud_client
from .keys import in_use
from .on_demand import OnDemandResponse

NO_KEY = "none"
API = "https://api.anthropic.com"
MAX_CONNECTIONS = 1000
KEEP_ALIVE_S = 60
# Deadlines are ours (deadlines.py); only connecting has one here. A time-out for reading would set a timer anew at
# every delta, a twentieth of what a stream costs.
TIMEOUT = httpx2.Timeout(connect=10, read=None, write=None, pool=None)

# ANTHROPIC_LOG=debug in the environment would make the SDK log whole conversations.
for _name in ("anthropic", "httpx2"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class _Address(NamedTuple):
    base_url: str
    cloud: tuple[str, ...]
    transport: str


class _Held(NamedTuple):
    address: _Address
    client: AsyncAnthropic
    lifetime: AsyncGenerator[None, None]


_held: dict[asyncio.AbstractEventLoop, _Held] = {}


async def open_client() -> AsyncAnthropic:
    """The client of the running loop, made at first use. It closes with its loop, and when the settings change.

    It has the key that is in use now: another one needs no other client, which would cut off whoever is answered.
    """
    address = _address()
    held = _held.get(asyncio.get_running_loop())
    if held is not None and held.address == address:
        return _with_key(held.client)
    await close_client()
    client = _with_key(_client(address))
    lifetime = _lifetime(client)
    _held[asyncio.get_running_loop()] = _Held(address, client, lifetime)
    await anext(lifetime)
    return client


async def close_client() -> None:
    """Close the running loop's client, if it has one; a later ask opens another."""
    held = _held.get(asyncio.get_running_loop())
    if held is not None:
        await held.lifetime.aclose()


async def _lifetime(client: AsyncAnthropic) -> AsyncGenerator[None, None]:
    """Ends with the loop: `loop.shutdown_asyncgens()` closes whatever generator is still open."""
    try:
        yield
    finally:
        _held.pop(asyncio.get_running_loop(), None)
        await client.close()


def _address() -> _Address:
    return _Address(settings.ANTHROPIC_BASE_URL, cloud_access(), settings.CLAUDE_TRANSPORT)


def _with_key(client: AsyncAnthropic) -> AsyncAnthropic:
    """A cloud's client has its own credentials."""
    if type(client) is AsyncAnthropic:
        client.api_key = in_use() or NO_KEY
    return client


def _client(address: _Address) -> AsyncAnthropic:
    parts: dict[str, Any] = {
        "max_retries": 0,
        "timeout": TIMEOUT,
        "open_telemetry": {"traces": {"enabled": False, "content_mode": "metadata_only"}, "propagation": False},
        "http_client": _http_client(address.transport),
    }
    # A cloud's client has the same doors, less those of which `lacks` tells.
    client = cast(AsyncAnthropic | None, cloud_client(**parts)) or AsyncAnthropic(
        api_key=NO_KEY,  # explicit, so that the SDK looks for no other credential
        base_url=address.base_url or API,
        **parts,
    )
    # The SDK would send whatever ANTHROPIC_CUSTOM_HEADERS holds, and has no switch against it.
    client._custom_headers = {}
    return client


def _http_client(transport: str) -> httpx2.AsyncClient:
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    if transport:
        return httpx2.AsyncClient(transport=import_string(transport)(), timeout=TIMEOUT, cookies=no_cookies)
    client = DefaultAioHttpClient(follow_redirects=False, timeout=TIMEOUT, cookies=no_cookies, verify=_trust())
    for route in (client._transport, *client._mounts.values()):  # the mounts are proxies named by the environment
        if route is not None:
            route.client = partial(_session, route)  # type: ignore[attr-defined]  # of the SDK's aiohttp transport
    return client


@cache
def _trust() -> ssl.SSLContext:
    """The certificates to trust, read once: that takes longer than the rest of a client."""
    return httpx2.create_ssl_context()


def _session(route: httpx2.AsyncBaseTransport) -> aiohttp.ClientSession:
    """What the SDK's transport would make itself, but without a cookie jar (answers set nothing for others), and read
    on demand.
    """
    connector = aiohttp.TCPConnector(
        limit=MAX_CONNECTIONS,
        keepalive_timeout=KEEP_ALIVE_S,
        ssl=route.ssl_context,  # type: ignore[attr-defined]
    )
    return aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), response_class=OnDemandResponse
    )
