"""One pipeline for every log line, ours and the libraries': text or JSON, with ids, without words or secrets."""

import logging.config
import re
import secrets
import sys
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from structlog.typing import EventDict, Processor, WrappedLogger

from chatsite import redaction
from conversations.claude.keys import last_read

access = structlog.stdlib.get_logger("chatsite.access")

# Other people's loggers whose message goes on, after the first colon or line, with a path, a header or the repr of an
# exception: all of them words that somebody wrote.
_TALKATIVE = ("asyncio", "daphne", "django.request", "django.security")
# At DEBUG the SDK logs whole prompts, and HTTP libraries log addresses with their query.
_QUIET = ("aiohttp", "anthropic", "asyncio", "daphne", "httpcore", "httpx", "httpx2", "PIL", "twisted")

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


def configure(config: dict[str, str]) -> None:
    """Set up logging from LOGGING: {"format": "text" or "json"}."""
    # A line that cannot be written is lost. By default logging would complain on stderr, which daphne has turned into
    # log lines, which cannot be written either: on a full disk the site hung in that circle for ever.
    logging.raiseExceptions = False
    structlog.configure(
        processors=[*_gather(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    quiet = {name: {"level": "WARNING"} for name in _QUIET}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"ours": {"()": formatter, "log_format": config["format"]}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "ours"}},
            "root": {"handlers": ["stderr"], "level": "INFO"},
            # Below 500 the access line says it all.
            "loggers": {**quiet, "django.request": {"level": "ERROR"}},
        }
    )


def formatter(log_format: str) -> logging.Formatter:
    return Formatter(
        foreign_pre_chain=[*_gather(), structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.ExceptionRenderer(redaction.exception_without_words),
            _drop_words,
            *_renderers(log_format),
        ],
    )


def _gather() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_request,
    ]


class Formatter(structlog.stdlib.ProcessorFormatter):
    """The last word on a line: whatever still has the shape of a secret is masked in the finished text."""

    def format(self, record: logging.LogRecord) -> str:
        try:
            line = super().format(record)
        except Exception:  # logging would print the arguments, which is how words get out
            line = f"{record.levelname} {record.name}: a line that cannot be formatted"
        return redaction.without_secrets(line, known=_known_secrets())


def _known_secrets() -> tuple[str, ...]:
    if not settings.configured:
        return ()
    given = (
        *last_read(),
        settings.SECRET_KEY,
        settings.DATABASES["default"].get("PASSWORD", ""),
        urlsplit(settings.REDIS_URL).password,
        settings.ANTHROPIC_ADMIN_KEY,
        settings.ALERT_WEBHOOK_SECRET,
        settings.ALERT_WEBHOOK_URL,
        settings.EMAIL_HOST_PASSWORD,
    )
    return tuple(secret for secret in given if secret and len(secret) >= 8)  # shorter ones are parts of common words


def _renderers(log_format: str) -> list[Processor]:
    if log_format == "json":
        return [structlog.processors.EventRenamer("message"), structlog.processors.JSONRenderer()]
    return [_one_line, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)]


def _add_request(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Which request, and whose if that is known by now: a log line never asks the database."""
    request = _request.get()
    if request is not None:
        event["request_id"] = request.reference  # type: ignore[attr-defined]
        # Where Django keeps `request.user` and `request.auser()` once somebody asked for them.
        user = getattr(request, "_cached_user", None) or getattr(request, "_acached_user", None)
        if user is not None and user.pk is not None:
            event["user_id"] = user.pk
    return event


def _drop_words(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    event.pop("message", None)  # the whole line again, if another handler formatted the record before
    kept = {key: value for key, value in event.items() if key in ("event", "exception")}
    if event.get("logger", "").startswith(_TALKATIVE):
        kept["event"] = re.split(r"[:\n]", str(event["event"]), maxsplit=1)[0]
    return {**redaction.plain(event), **kept}


def _one_line(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A line break in a value would let whoever sent it forge a line of text; JSON escapes it by itself."""
    return {key: _escaped(value) if key != "exception" else value for key, value in event.items()}


def _escaped(value: Any) -> Any:
    return _CONTROLS.sub(lambda char: repr(char[0])[1:-1], value) if isinstance(value, str) else value


def request_context(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Give each request a short reference, which its log lines, its answer and its error page carry; log its end."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        began = _begin(request)
        response = get_response(request)
        return _end(request, response, began)

    return middleware


def _begin(request: HttpRequest) -> float:
    request.reference = secrets.token_hex(5)  # type: ignore[attr-defined]
    _request.set(request)
    return time.perf_counter()


def _end(request: HttpRequest, response: HttpResponseBase, began: float) -> HttpResponseBase:
    response["X-Request-ID"] = request.reference  # type: ignore[attr-defined]
    _log(request, response.status_code, began)
    return response


def _log(request: HttpRequest, status: int, began: float) -> None:
    """One line for each request, by the name of its route: a path or a query may hold words."""
    route = request.resolver_match.view_name if request.resolver_match else "none"
    # Probes ask every few seconds, for ever.
    level = logging.DEBUG if route.startswith("health-") and status == 200 else logging.INFO
    ms = round((time.perf_counter() - began) * 1000, 1)
    access.log(level, "request", method=request.method, route=route, status=status, duration_ms=ms)
    _request.set(None)
