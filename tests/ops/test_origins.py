"""Whose pages may open a socket: this site's, by their full origin."""

import uuid
from typing import Any

import pytest
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.conf import settings

from chatsite.asgi import PublicOrigins, application, routes

OURS = settings.PUBLIC_ORIGINS[0]
PATH = f"/ws/c/{uuid.uuid4()}/"


def knock(origin: bytes | None, app: Any = application, path: str = PATH) -> WebsocketCommunicator:
    headers = [] if origin is None else [(b"origin", origin)]
    return WebsocketCommunicator(app, path, headers=headers)


@pytest.mark.parametrize(
    "origin",
    [
        None,
        b"null",
        b"",
        b"https://evil.example",
        OURS.replace("http:", "https:").encode(),
        (OURS + "1").encode(),
        b"http://localhost.evil.example:8000",
        b"http://localhost",
        b"http://localhost:port",
        b"file://",
    ],
)
async def test_a_foreign_origin_is_refused_before_accepting(origin: bytes | None) -> None:
    """A close before the accept is what the server answers with 403."""
    socket = knock(origin)

    await socket.send_input({"type": "websocket.connect"})

    assert (await socket.receive_output())["type"] == "websocket.close"
    socket.stop(exceptions=False)


@pytest.mark.django_db(transaction=True)
async def test_our_own_origin_reaches_the_consumer_which_accepts_before_it_refuses() -> None:
    socket = knock(OURS.encode())

    connected, _ = await socket.connect()

    assert connected
    assert (await socket.receive_output())["code"] == 4401
    await socket.disconnect()


async def test_an_address_that_is_none_is_refused_without_an_exception() -> None:
    connected, _ = await knock(OURS.encode(), path="/ws/elsewhere/").connect()

    assert not connected


async def test_the_port_that_was_free_counts_as_ours() -> None:
    """`serve` fills the list in when PORT is 0, after the application was made."""
    origins = ["http://127.0.0.1:0"]
    app = PublicOrigins(URLRouter(routes), origins)
    origins[:] = ["http://127.0.0.1:4711"]

    connected, _ = await knock(b"http://127.0.0.1:4711", app, "/ws/elsewhere/").connect()
    refused = knock(b"http://127.0.0.1:0", app)
    await refused.send_input({"type": "websocket.connect"})

    assert not connected  # the route, reached
    assert (await refused.receive_output())["type"] == "websocket.close"
    refused.stop(exceptions=False)
