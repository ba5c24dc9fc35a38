"""Requests to addresses that the owner named: to public ones only, unless the operator says otherwise.

The name is looked up here, and the connection goes to the very address that was examined: a name that answers
differently the second time leads nowhere else. What comes back is bounded.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx2

MAX_BODY_BYTES = 8 * 1024 * 1024
EMBEDS_IPV4 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"), IPv6Network("2002::/16"))


class GuardedTransport(httpx2.AsyncBaseTransport):
    def __init__(self, *, may_be_private: bool) -> None:
        self._may_be_private = may_be_private
        self._inner = httpx2.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        host = request.url.host
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        found = await _addresses(host, port)
        if not self._may_be_private and not all(map(is_public, found)):
            raise httpx2.ConnectError("its address is private, which MCP_PRIVATE_ADDRESSES does not allow")
        request.url = request.url.copy_with(host=str(found[0]))  # the header Host still names the server
        request.extensions = {**request.extensions, "sni_hostname": host}
        response = await self._inner.handle_async_request(request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)  # noqa: S101  (for mypy)
        response.stream = _Bounded(response.stream)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for piece in self._stream:
            size += len(piece)
            if size > MAX_BODY_BYTES:
                raise httpx2.ReadError("more than a tool may tell")
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is of the internet. Addresses that stand for another one are judged by that one, or refused."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return is_public(address.ipv4_mapped)
        if any(address in network for network in EMBEDS_IPV4):
            return False
    return address.is_global and not address.is_multicast


async def _addresses(host: str, port: int) -> list[IPv4Address | IPv6Address]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpx2.ConnectError("its name is not known") from error
    return [ip_address(entry[4][0]) for entry in found]
