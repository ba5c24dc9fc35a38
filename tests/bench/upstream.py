"""A process that speaks the Messages API: `python -m tests.bench.upstream PORT`.

Every delta is one write, as from the real API, and the moment of the write is kept. `GET /sent` hands over and forgets
what was sent since the last time: for each question's key the CLOCK_MONOTONIC seconds of its deltas, which every
process of the machine shares. `GET /books` tells of each request for a question how many tokens it was billed, 0 when
its stream was cut. A request that holds no question of ours, or one already answered, gets a short answer.
"""

import asyncio
import gc
import json
import sys
from asyncio import StreamReader, StreamWriter
from functools import cache
from time import monotonic
from typing import Any

from tests.bench.answers import Question, deltas

SHORT = ("A quiet garden.",)
HEADERS = b"HTTP/1.1 200 OK\r\nrequest-id: req_bench\r\n"
STREAM_HEADERS = HEADERS + b"content-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n"
sent: dict[int, list[float]] = {}
books: dict[int, list[int]] = {}  # for each question's key the tokens of its requests


async def converse(reader: StreamReader, writer: StreamWriter) -> None:
    """One connection: request after request until the other side has enough."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            await _reply(head, await reader.readexactly(_body_length(head)), writer)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


def _body_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


async def _reply(head: bytes, body: bytes, writer: StreamWriter) -> None:
    path = head.split(b" ", 2)[1].partition(b"?")[0]
    if path != b"/v1/messages":
        _write_json(writer, _other(path))
        return
    question = Question.last_in(body.decode())
    if not json.loads(body).get("stream"):
        _write_json(writer, {**_message(), "content": [{"type": "text", "text": SHORT[0]}], "stop_reason": "end_turn"})
    elif question is None or question.key in books:
        if question:
            books[question.key].append(len(SHORT))
        writer.writelines([STREAM_HEADERS, *_opening(), *map(_delta, SHORT), *_ending(len(SHORT))])
    else:
        await _Answer(question, writer.transport).played()


def _other(path: bytes) -> dict[str, Any]:
    if path == b"/sent":
        report = {str(key): times for key, times in sent.items()}
        sent.clear()
        gc.collect()
        return report
    if path == b"/books":
        return {str(key): tokens for key, tokens in books.items()}
    if path == b"/v1/messages/count_tokens":
        return {"input_tokens": 100}
    return {"data": [], "has_more": False, "first_id": None, "last_id": None}


def _write_json(writer: StreamWriter, value: dict[str, Any]) -> None:
    body = json.dumps(value).encode()
    writer.write(HEADERS + b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body) + body)


class _Answer:
    """One answer on its way. A callback per delta, not a task's turn: two hundred of these share half a core."""

    def __init__(self, question: Question, transport: asyncio.WriteTransport) -> None:
        self._chunks = _chunks(question.answer)
        self._transport = transport
        self._pause_s = 1 / question.per_second
        self._loop = asyncio.get_running_loop()
        self._done: asyncio.Future[None] = self._loop.create_future()
        self._times = sent[question.key] = []
        self._tokens = books[question.key] = [0]

    async def played(self) -> None:
        self._transport.write(STREAM_HEADERS + b"".join(_opening()))
        self._began_at = monotonic()
        self._send()
        await self._done
        self._transport.writelines(_ending(len(self._chunks)))
        self._tokens[0] = len(self._chunks)

    def _send(self) -> None:
        """Send what is due. On a late timer that is more than one delta, each in its own write."""
        if self._transport.is_closing():
            self._done.set_exception(ConnectionAbortedError())
            return
        while (due_at := self._began_at + len(self._times) * self._pause_s) <= (now := monotonic()):
            self._transport.write(self._chunks[len(self._times)])
            self._times.append(now)
            if len(self._times) == len(self._chunks):
                self._done.set_result(None)
                return
        self._loop.call_later(due_at - now, self._send)


@cache
def _chunks(answer: str) -> list[bytes]:
    return [_delta(text) for text in deltas(answer)]


def _delta(text: str) -> bytes:
    return _event("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": text}})


def _opening() -> list[bytes]:
    return [
        _event("message_start", {"message": _message()}),
        _event("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}),
        _event("ping", {}),
    ]


def _ending(tokens: int) -> list[bytes]:
    stop = {"delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": {"output_tokens": tokens}}
    return [
        _event("content_block_stop", {"index": 0}),
        _event("message_delta", stop),
        _event("message_stop", {}),
        b"0\r\n\r\n",
    ]


def _message() -> dict[str, Any]:
    usage = {"input_tokens": 100, "output_tokens": 1, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
    return {
        "id": "msg_bench",
        "type": "message",
        "role": "assistant",
        "model": "claude-opus-5-5",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }


def _event(name: str, facts: dict[str, Any]) -> bytes:
    """One server-sent event in one HTTP chunk."""
    text = f"event: {name}\ndata: {json.dumps({'type': name, **facts}, ensure_ascii=False)}\n\n".encode()
    return b"%x\r\n%s\r\n" % (len(text), text)


async def serve(port: int) -> None:
    server = await asyncio.start_server(converse, "127.0.0.1", port, backlog=1000)
    gc.disable()  # a collection in the middle of a pass would count as the latency of the server under test
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
