"""Alerts by webhook: a POST of JSON to the operator's own address, signed so that the receiver can tell who sent it."""

import asyncio
import hashlib
import hmac
import json
import time
from http import HTTPStatus

import httpx2
from django.conf import settings

from conversations.alerts.words import NotSent, Told

WITHIN_S = 10.0
SIGNATURE = "X-Chatsite-Signature"


def is_set_up() -> bool:
    return bool(settings.ALERT_WEBHOOK_URL)


async def send(message: Told) -> int:
    """The status of the answer, which is not read further. Raises NotSent; a redirect is not followed."""
    body = json.dumps(message.payload).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "Chatsite", SIGNATURE: _signature(body)}
    try:
        async with (
            asyncio.timeout(WITHIN_S),
            httpx2.AsyncClient(follow_redirects=False, timeout=WITHIN_S) as client,
            client.stream("POST", settings.ALERT_WEBHOOK_URL, content=body, headers=headers) as answer,
        ):
            status = answer.status_code
    except TimeoutError as error:
        raise NotSent(f"The webhook did not answer within {WITHIN_S:g} seconds.") from error
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise NotSent(f"The webhook could not be reached ({type(error).__name__}).") from error
    if not HTTPStatus(200) <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise NotSent(f"The webhook answered {status}.")
    return status


def _signature(body: bytes) -> str:
    """`t=<seconds>,v1=<HMAC-SHA256 of "seconds.body">`: the time is signed too, so that nobody plays it again later."""
    seconds = str(int(time.time()))
    signed = hmac.new(settings.ALERT_WEBHOOK_SECRET.encode(), f"{seconds}.".encode() + body, hashlib.sha256)
    return f"t={seconds},v1={signed.hexdigest()}"
