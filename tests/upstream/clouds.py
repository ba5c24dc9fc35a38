"""How clouds say what Claude says: the binary frames of AWS, their errors, and where Google hands out tokens."""

import json
import struct
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any
from zlib import crc32

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from .script import Reply, Step, sse


def frame(payload: bytes, **headers: str) -> bytes:
    """One message of `application/vnd.amazon.eventstream`; an underscore in a name stands for a hyphen."""
    told = b""
    for name, value in headers.items():
        key = f":{name.replace('_', '-')}".encode()
        told += struct.pack("!B", len(key)) + key + struct.pack("!BH", 7, len(value)) + value.encode()
    prelude = struct.pack("!II", 12 + len(told) + len(payload) + 4, len(told))
    message = prelude + struct.pack("!I", crc32(prelude)) + told + payload
    return message + struct.pack("!I", crc32(message))


def chunk(event: bytes) -> bytes:
    """An event of the Messages API in its frame, with the padding that AWS adds."""
    held = {"bytes": b64encode(event).decode(), "p": "abcdefgh"}
    return frame(json.dumps(held).encode(), event_type="chunk", content_type="application/json", message_type="event")


def exception(kind: str) -> bytes:
    """What AWS sends in the middle of a stream that breaks."""
    told = json.dumps({"message": "words of the upstream"}).encode()
    return frame(told, exception_type=kind, content_type="application/json", message_type="exception")


def framed(reply: Reply) -> Reply:
    """The same reply as the older endpoint of Bedrock streams it."""
    steps = tuple(piece for step in reply.steps for piece in _framed(step))
    headers = {"content-type": "application/vnd.amazon.eventstream", "x-amzn-requestid": "aws-request"}
    return replace(reply, steps=steps, headers=headers)


def _framed(step: Step) -> list[Step]:
    if isinstance(step, dict):
        step = sse(step)
    if not isinstance(step, bytes):
        return [step]
    return [chunk(line[5:].strip()) for line in step.splitlines() if line.startswith(b"data:")]


def aws_error(status: int, kind: str, words: str = "words of the upstream") -> Reply:
    headers = {"content-type": "application/json", "x-amzn-errortype": kind, "x-amzn-requestid": "aws-request"}
    return Reply((json.dumps({"message": words}).encode(),), status=status, headers=headers)


def google_error(status: int, kind: str, words: str = "words of the upstream") -> Reply:
    told = [{"error": {"code": status, "message": words, "status": kind}}]
    return Reply((json.dumps(told).encode(),), status=status, headers={"content-type": "application/json"})


def service_account(path: Path, token_address: str) -> Path:
    """The file of a service account of Google's, whose tokens come from this address."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    told: dict[str, Any] = {
        "type": "service_account",
        "project_id": "a-project",
        "private_key_id": "1",
        "private_key": pem,
        "client_email": "chatsite@a-project.example",
        "client_id": "1",
        "token_uri": token_address,
    }
    path.write_text(json.dumps(told), encoding="utf-8")
    return path
