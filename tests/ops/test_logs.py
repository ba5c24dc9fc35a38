"""Logs carry ids, never words: a canary is sent through every way a line can take."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, RequestFactory

from chatsite import logs
from conversations.models import User
from tests.ops.running_site import ROOT, clean

WORDS = "the patient is called Canary"
KEYS = (
    "sk-ant-api03-canarycanarycanary",
    "Bearer canary.canary.canary",
    "eyJjYW5hcnkiOjF9.eyJjYW5hcnkiOjF9.canary",
    "postgres://canary:canary-password@db.internal/site",
    "canary@example.com",
)


@pytest.fixture(params=["text", "json"])
def log(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What the site would print in this format."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter(request.param))
    logging.root.addHandler(handler)
    yield stream
    logging.root.removeHandler(handler)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize("key", KEYS)
def test_a_secret_never_appears_whichever_way_it_is_logged(log: io.StringIO, key: str) -> None:
    foreign, ours = logging.getLogger("somebody.else"), structlog.stdlib.get_logger("conversations.canary")

    foreign.warning(f"in the message {key}")
    foreign.warning("in an argument %s", key)
    foreign.warning("in an extra", extra={"api_key": key, "note": key, "nested": {"token": key, "list": [key]}})
    ours.warning("in a field", password=key, note=key, request_headers={"Authorization": key})
    _fail_with(ours, TypeError(key))

    assert "canary." not in log.getvalue().replace("conversations.canary", "")
    assert not any(part in log.getvalue() for part in (key, "canary-password", "canarycanary", "canary@"))
    assert len(log.getvalue().splitlines()) >= 5


def test_a_line_that_cannot_be_formatted_does_not_quote_its_arguments() -> None:
    record = logging.LogRecord("somebody.else", logging.WARNING, __file__, 1, "%d tokens", (WORDS,), None)

    assert logs.formatter("text").format(record) == "WARNING somebody.else: a line that cannot be formatted"


def test_words_never_appear(log: io.StringIO) -> None:
    ours = structlog.stdlib.get_logger("conversations.canary")

    ours.warning("fields of words", text=WORDS, title=WORDS, filename=WORDS, draft={"content": WORDS})
    ours.warning("an object", request=RequestFactory().get("/c/", {"q": WORDS}), error=ValueError(WORDS))
    _fail_with(ours, IntegrityError(f"DETAIL: row contains ({WORDS})"))
    _fail_with(ours, ValueError(WORDS))
    for name in ("django.request", "asyncio", "daphne.server", "django.security.csrf"):
        logging.getLogger(name).error("It went wrong: %s", WORDS)

    assert "Canary" not in log.getvalue()
    assert "patient" not in log.getvalue()
    assert log.getvalue().count("It went wrong") == 4
    assert "IntegrityError" in log.getvalue()
    assert "test_logs.py" in log.getvalue()  # where it happened is told


def test_the_secrets_of_the_site_itself_never_appear(log: io.StringIO, settings: Any) -> None:
    settings.ANTHROPIC_API_KEY = "no-known-shape-of-a-key"

    logging.getLogger("somebody.else").warning("odd: no-known-shape-of-a-key, %s", settings.SECRET_KEY)

    assert "no-known-shape" not in log.getvalue()
    assert settings.SECRET_KEY not in log.getvalue()


def test_an_error_of_the_machine_says_what_it_is(log: io.StringIO) -> None:
    _fail_with(structlog.stdlib.get_logger("conversations.canary"), OSError(28, "No space left on device"))

    assert "No space left on device" in log.getvalue()


@pytest.mark.parametrize("log", ["text"], indirect=True)
def test_a_line_break_in_a_value_cannot_forge_a_line(log: io.StringIO) -> None:
    logging.getLogger("somebody.else").warning(
        "host: %s", "a\n2026-01-01 [error] forged\x1b[31m", extra={"x": "b\r\nc"}
    )

    assert len(log.getvalue().splitlines()) == 1
    assert "\x1b" not in log.getvalue()


@pytest.mark.parametrize("log", ["json"], indirect=True)
def test_a_json_line_is_utc_and_has_its_level_and_logger(log: io.StringIO) -> None:
    logging.getLogger("somebody.else").warning("hello", extra={"turn": 7})

    (line,) = lines(log)
    assert line["timestamp"].endswith("Z")
    assert (line["level"], line["logger"], line["message"], line["turn"]) == ("warning", "somebody.else", "hello", 7)


def test_the_debug_lines_of_the_sdk_stay_silent(log: io.StringIO) -> None:
    for name in ("anthropic._base_client", "httpx2", "httpx", "aiohttp.client", "daphne.http_protocol"):
        logging.getLogger(name).info("Request options: %s", WORDS)

    assert log.getvalue() == ""


@pytest.mark.parametrize("log", ["json"], indirect=True)
def test_each_request_has_one_line_with_its_route_and_no_words(log: io.StringIO, alice: User) -> None:
    client = Client()
    client.force_login(alice)

    response = client.get("/usage/?q=patient", HTTP_REFERER="http://testserver/patient")
    lost = client.get("/patient/record/")

    one, other = [line for line in lines(log) if line["logger"] == "chatsite.access"]
    assert one["request_id"] == response.headers["X-Request-ID"]
    assert (one["route"], one["method"], one["user_id"]) == ("own-usage", "GET", alice.pk)
    assert one["duration_ms"] >= 0
    assert (other["route"], other["status"]) == ("none", 404)
    assert other["request_id"] == lost.headers["X-Request-ID"] != one["request_id"]
    assert "patient" not in log.getvalue()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("log", ["json"], indirect=True)
async def test_an_async_request_has_its_line_too(log: io.StringIO) -> None:
    response = await AsyncClient().get("/accounts/login/")

    (line,) = [line for line in lines(log) if line["logger"] == "chatsite.access"]
    assert line["request_id"] == response.headers["X-Request-ID"]
    assert (line["route"], line["status"]) == ("account_login", response.status_code)


@pytest.mark.django_db
def test_probes_do_not_fill_the_log(log: io.StringIO) -> None:
    Client().get("/health/live")

    assert log.getvalue() == ""


@pytest.mark.parametrize("log", ["json"], indirect=True)
def test_a_line_within_a_request_carries_the_reference_that_the_page_shows(
    log: io.StringIO, rf: RequestFactory
) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        logging.getLogger("conversations.canary").warning("within")
        return HttpResponse()

    response = logs.request_context(view)(rf.get("/"))

    assert lines(log)[0]["request_id"] == response.headers["X-Request-ID"]


def test_nobody_signed_in_has_no_user_id(log: io.StringIO, rf: RequestFactory) -> None:
    request = rf.get("/")
    request._cached_user = AnonymousUser()  # type: ignore[attr-defined]

    logs.request_context(lambda _: HttpResponse())(request)

    assert "user_id" not in log.getvalue()


def _fail_with(log: Any, error: Exception) -> None:
    try:
        raise error
    except Exception:
        log.exception("it failed")


def test_a_log_that_cannot_be_written_loses_its_lines_and_not_the_site() -> None:
    program = (
        "import logging, os, django; django.setup()\n"
        "from twisted.logger import STDLibLogObserver, globalLogBeginner\n"
        "globalLogBeginner.beginLoggingTo([STDLibLogObserver(name='daphne')])\n"  # as daphne does
        "logging.getLogger('conversations').warning('nobody reads this')\n"
        "os.write(1, b'alive'); os._exit(0)"  # what waits for stderr would fail at an ordinary end
    )
    with Path("/dev/full").open("w") as full:
        told = subprocess.check_output(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env=clean(DJANGO_SETTINGS_MODULE="chatsite.settings", CLAUDE_PROVIDER="demo"),
            stderr=full,
            timeout=120,
        )

    assert told == b"alive"
