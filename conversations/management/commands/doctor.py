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
from django.db import DatabaseError

from conversations import health
from conversations.alerts import mail, webhook
from conversations.claude import catalogue
from conversations.claude.ask import Ask, TextPart, Utterance
from conversations.claude.cards import Lifecycle
from conversations.claude.catalogue import canonical
from conversations.claude.errors import ClaudeError
from conversations.claude.keys import keys
from conversations.claude.listing import list_models
from conversations.claude.measure import count
from conversations.claude.model_list import OFFERED
from conversations.claude.price_list import PRICE_LIST
from conversations.claude.providers import CLOUDS, Lack, lacks, provider, their_id
from conversations.management.site import address
from conversations.models import Budget
from conversations.usage import rollups
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
    yield ledger()
    yield from claude()
    yield from alerts()
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
        waiting = health.waiting_questions()
        yield Line("warn", "worker", f"none alive{f', {waiting} questions wait' if waiting else ''}", MENDS["worker"])
    if settings.REDIS_URL and not async_to_sync(link.is_reachable)(settings.REDIS_URL):
        yield Line(
            "fail", "redis", "unreachable", "Look at REDIS_URL and whether Redis runs. Until then news are late."
        )
    elif settings.REDIS_URL:
        yield Line("ok", "redis")
    elif alive > 1:
        mend = "Set REDIS_URL=redis://host:6379/0 for each of them: until then windows see each other's news late."
        yield Line("warn", "redis", f"{alive} processes without it", mend)


def ledger() -> Line:
    """Whether reports tell what the ledger holds."""
    try:
        if rollups.are_in_step():
            return Line("ok", "rollups")
    except DatabaseError:
        return Line("warn", "rollups", "cannot be read", MENDS["migrations"])
    return Line(
        "warn", "rollups", "not in step with the ledger", "Start the site anew, or run `./run rebuild_rollups`."
    )


def static_files() -> Line:
    if settings.DEBUG or (Path(settings.STATIC_ROOT) / "staticfiles.json").exists():
        return Line("ok", "static files")
    return Line("fail", "static files", "not collected", "Start with `serve --prepare`, or run `./run collectstatic`.")


def claude() -> Iterator[Line]:
    """The key, and whether the models that settings name can be asked with it."""
    if settings.IS_DEMO:
        yield Line("warn", "claude", "demo mode, a stand-in answers", "Set ANTHROPIC_API_KEY to talk to Claude.")
    if settings.CLAUDE_PROVIDER in CLOUDS:
        yield from cloud()
        return
    try:
        listed = async_to_sync(list_models)()
    except ClaudeError as error:
        yield Line("fail", "claude", error.reason, error.advice)
        return
    yield from _further_keys()
    catalogue.learn(listed, offered=OFFERED, prices=PRICE_LIST)
    reached = {canonical(model.id) for model in listed if model.lifecycle != Lifecycle.RETIRED}
    faults = list(_named_models(reached))
    if not (faults or settings.IS_DEMO):
        yield Line("ok", "claude", f"this key reaches {len(reached)} models")
    yield from faults


def cloud() -> Iterator[Line]:
    """Whether the cloud lets us in, by a count of tokens, which is free; and what it lacks."""
    what, model = f"claude at {provider().title}", settings.CLAUDE_DEFAULT_MODEL
    if lacks(Lack.COUNTING):
        yield Line("warn", what, "not tried: this endpoint answers nothing for free", "Ask a question to see.")
    else:
        ask = Ask(model, (Utterance("user", (TextPart("Hello"),)),), max_tokens=1)
        try:
            async_to_sync(count)(ask)
        except ClaudeError as error:
            detail = f" ({error.error_type})" if error.error_type else ""
            mend = f"{error.advice} Its name there is taken to be {their_id(model)}."
            yield Line("fail", what, f"{error.reason}{detail}", mend)
        else:
            yield Line("ok", what, f"it has {their_id(model)}")
    yield Line("ok", "does without", "; ".join(lack for lack in Lack if lacks(lack)))


def _further_keys() -> Iterator[Line]:
    """Each of several keys by itself: one that is refused is noticed before the others fail too."""
    given = keys()
    for number, key in enumerate(given if len(given) > 1 else (), 1):
        what = f"claude key {number} of {len(given)}"
        try:
            async_to_sync(list_models)(key)
        except ClaudeError as error:
            yield Line("warn", what, error.reason, "Put another one in its place; the others go on without it.")
        else:
            yield Line("ok", what)


def _named_models(reached: set[str]) -> Iterator[Line]:
    named: list[tuple[Literal["warn", "fail"], str, str]] = [
        ("fail", "CLAUDE_DEFAULT_MODEL", settings.CLAUDE_DEFAULT_MODEL)
    ]
    named += [("warn", "CLAUDE_FALLBACK_MODELS", model) for model in settings.CLAUDE_FALLBACK_MODELS]
    for level, setting, model in named:
        if canonical(model) in reached:
            continue
        successor = catalogue.in_service(model)
        if successor.id != canonical(model):
            mend = f"Put {successor.id} in its place in {setting}."
            yield Line(level, "claude", f"{model} has retired; {successor.display_name} answers instead", mend)
        else:
            mend = f"Name one of {', '.join(sorted(reached))} in {setting}."
            yield Line(level, "claude", f"this key does not reach {model}", mend)


def alerts() -> Iterator[Line]:
    """Whom they reach. Nothing is sent: the admin has a button for that."""
    mend = "Set EMAIL_URL=smtp://user:password@host:587, and ALERT_EMAILS unless a superuser has an address."
    try:
        has_mail = mail.is_set_up()
        count = len(mail.recipients()) if has_mail else 0
    except DatabaseError:
        return  # that is told elsewhere
    yield Line("ok", "alerts by e-mail", f"to {count}") if has_mail else Line("warn", "alerts", "no e-mail", mend)
    if not has_mail and Budget.objects.filter(is_on=True).exclude(warn_percent=None).exists():
        yield Line("warn", "budgets", "nobody is warned by e-mail, on the page alone", "Set EMAIL_URL.")
    if webhook.is_set_up():
        yield Line("ok", "alerts by webhook", f"to {urlsplit(settings.ALERT_WEBHOOK_URL).hostname}")


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
