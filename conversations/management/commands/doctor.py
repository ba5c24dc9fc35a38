"""Look at everything the site needs and say what to mend."""

import base64
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import uuid4

from asgiref.sync import async_to_sync
from django.conf import settings
from django.core import checks
from django.core.management import BaseCommand, CommandError

from conversations import health
from conversations.claude.errors import ClaudeError
from conversations.claude.reachable import reachable_models
from conversations.management.site import address
from conversations.wire import link

HANDSHAKE_TIMEOUT_S = 5
MENDS = {
    "database": "Look at DATABASE_URL and whether the database runs.",
    "migrations": "Run `./run migrate`, or start with `serve --prepare`.",
    "data_dir": "Make DATA_DIR writable for this account, and look for a full disk.",
    "worker": "Start the site, or `run_turns` where web processes are started with --no-worker.",
}


@dataclass(frozen=True, slots=True)
class Line:
    level: Literal["ok", "warn", "fail"]
    what: str
    says: str = ""
    mend: str = ""


class Command(BaseCommand):
    help = "Check settings, database, files, key, models and the socket's path. Exits 1 when something fails."
    requires_system_checks = ()  # they are part of the examination

    def handle(self, *args: Any, **options: Any) -> None:
        failed = 0
        for line in examination():
            failed += line.level == "fail"
            self.stdout.write(f"{line.level:4}  {line.what}{': ' if line.says else ''}{line.says}")
            if line.mend:
                self.stdout.write(f"      {line.mend}")
        if failed:
            raise CommandError(f"{failed} of the checks failed.")


def examination() -> Iterator[Line]:
    yield from configuration()
    yield from foundations()
    yield from processes()
    yield static_files()
    yield claude()
    local = address()
    for origin in [local] if local in settings.PUBLIC_ORIGINS else settings.PUBLIC_ORIGINS:
        yield socket_path(origin)


def configuration() -> Iterator[Line]:
    found = checks.run_checks(include_deployment_checks=settings.IS_HTTPS)
    for message in found:
        level: Literal["warn", "fail"] = "fail" if message.level >= checks.ERROR else "warn"
        yield Line(level, "settings", f"{message.msg} ({message.id})", message.hint or "")
    if not found:
        yield Line("ok", "settings")


def foundations() -> Iterator[Line]:
    for finding in health.foundations():
        if finding.fault:
            yield Line("fail", finding.name, finding.fault, MENDS[finding.name])
        else:
            yield Line("ok", finding.name)


def processes() -> Iterator[Line]:
    """Those that answer, and how they tell the others."""
    alive = health.living_workers()
    if alive:
        yield Line("ok", "worker", f"{alive} alive")
    else:
        yield Line("warn", "worker", "none alive", MENDS["worker"])
    if settings.REDIS_URL and not async_to_sync(link.is_reachable)(settings.REDIS_URL):
        yield Line(
            "fail", "redis", "unreachable", "Look at REDIS_URL and whether Redis runs. Until then news are late."
        )
    elif settings.REDIS_URL:
        yield Line("ok", "redis")
    elif alive > 1:
        mend = "Set REDIS_URL=redis://host:6379/0 for each of them: until then windows see each other's news late."
        yield Line("warn", "redis", f"{alive} processes without it", mend)


def static_files() -> Line:
    if settings.DEBUG or (Path(settings.STATIC_ROOT) / "staticfiles.json").exists():
        return Line("ok", "static files")
    return Line("fail", "static files", "not collected", "Start with `serve --prepare`, or run `./run collectstatic`.")


def claude() -> Line:
    if settings.IS_DEMO:
        return Line("warn", "claude", "demo mode, a stand-in answers", "Set ANTHROPIC_API_KEY to talk to Claude.")
    try:
        models = async_to_sync(reachable_models)()
    except ClaudeError as error:
        return Line("fail", "claude", error.reason, error.advice)
    if settings.CLAUDE_DEFAULT_MODEL not in models:
        mend = f"Set CLAUDE_DEFAULT_MODEL to one of {', '.join(models)}."
        return Line("fail", "claude", f"this key does not reach {settings.CLAUDE_DEFAULT_MODEL}", mend)
    return Line("ok", "claude", f"this key reaches {len(models)} models")


def socket_path(origin: str) -> Line:
    """Knock as a browser would, through every proxy on the way."""
    what = f"socket at {origin}"
    try:
        status = _handshake(origin)
    except (OSError, HTTPException) as error:
        return Line("warn", what, f"nobody answers ({type(error).__name__})", "Start the site, then ask again.")
    match status:
        case 101:
            return Line("ok", what)
        case 403:
            return Line("fail", what, "refused", f"PUBLIC_ORIGINS of the running site must name {origin}.")
    return Line(
        "fail",
        what,
        f"answered {status} instead of 101",
        "Let the proxy pass WebSockets on: HTTP/1.1 with the headers Upgrade and Connection.",
    )


def _handshake(origin: str) -> int:
    """The status that an opening handshake with `origin` meets."""
    parts = urlsplit(origin)
    connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = connect(parts.hostname or "", parts.port, timeout=HANDSHAKE_TIMEOUT_S)
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Origin": origin,
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(secrets.token_bytes(16)).decode(),
    }
    try:
        connection.request("GET", f"/ws/c/{uuid4()}/", headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()
