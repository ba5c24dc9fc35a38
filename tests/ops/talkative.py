"""A server that sends each window FRAMES frames at once: `python -m tests.ops.talkative PORT`."""

import sys
from typing import Any

from daphne.server import Server

from conversations.management.prompt_socket import PromptSocket

FRAMES = 2_000
FRAME_BYTES = 8_000  # all together more than any kernel buffers for one connection


def frame(number: int) -> str:
    return f"{number} ".ljust(FRAME_BYTES, "abcdefghijklmnopqrstuvwxyz"[number % 26])


async def talk(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    for number in range(FRAMES):
        await send({"type": "websocket.send", "text": frame(number)})
    await receive()


if __name__ == "__main__":
    server = Server(talk, endpoints=[f"tcp:port={sys.argv[1]}:interface=127.0.0.1"], signal_handlers=False)
    server.ready_callable = lambda: setattr(server.ws_factory, "protocol", PromptSocket)
    server.run()
