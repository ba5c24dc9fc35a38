"""A socket that writes at once keeps the order of its frames, also when its window reads late."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from websockets.asyncio.client import connect

from tests.ops.talkative import FRAMES, frame

WITHIN_S = 60


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "tests.ops.talkative", str(port)])
    yield port
    process.terminate()
    process.wait(WITHIN_S)


async def connected(port: int) -> socket.socket:
    """With as small a window as the kernel allows, so that the server's side fills up."""
    while True:
        peer = socket.socket()
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(peer, ("127.0.0.1", port))
        except ConnectionRefusedError:
            peer.close()
            await asyncio.sleep(0.05)
        else:
            return peer


async def test_what_the_kernel_does_not_take_at_once_arrives_in_order_later(port: int) -> None:
    async with (
        asyncio.timeout(WITHIN_S),
        connect(f"ws://127.0.0.1:{port}/", sock=await connected(port), max_queue=1, compression=None) as window,
    ):
        await asyncio.sleep(0.5)  # the server has long filled what is between us

        for number in range(FRAMES):
            assert await window.recv() == frame(number)
