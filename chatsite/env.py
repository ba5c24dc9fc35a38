"""Typed readers of the environment that refuse nonsense with the variable's name. They sit on django-environ."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import dj_database_url
import environ
from django.core.exceptions import ImproperlyConfigured

_env = environ.Env()
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def text(name: str, *, default: str = "") -> str:
    return str(_env.str(name, default=default)).strip()


def secret(name: str) -> str:
    """The value of `name`, or the contents of the file that `{name}_FILE` points to; "" when neither is set."""
    path = text(f"{name}_FILE")
    if not path:
        return text(name)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE: cannot read {path}: {error.strerror}.") from error


def beginning(prefix: str) -> dict[str, str]:
    """All variables whose names begin so, by their whole names."""
    return {name: value for name, value in _env.ENVIRON.items() if name.startswith(prefix)}


def flag(name: str, *, default: bool) -> bool:
    value = text(name).lower()
    if not value:
        return default
    if value not in _TRUE | _FALSE:
        raise ImproperlyConfigured(f"{name}: {value!r} is neither true nor false. Use 1 or 0.")
    return value in _TRUE


def number(name: str, *, default: int, least: int, most: int) -> int:
    value = text(name)
    if not value:
        return default
    if not value.isdecimal() or not least <= int(value) <= most:
        raise ImproperlyConfigured(f"{name}: {value!r} is not a whole number from {least} to {most}.")
    return int(value)


def seconds(name: str, *, default: float, least: float, most: float) -> float:
    value = text(name)
    if not value:
        return default
    try:
        given = float(value)
    except ValueError:
        given = float("nan")
    if not least <= given <= most:
        raise ImproperlyConfigured(f"{name}: {value!r} is not a number of seconds from {least:g} to {most:g}.")
    return given


def choice(name: str, allowed: Sequence[str], *, default: str) -> str:
    value = text(name).lower() or default
    if value not in allowed:
        raise ImproperlyConfigured(f"{name}: {value!r} is not one of {', '.join(allowed)}.")
    return value


def words(name: str, *, default: Sequence[str] = ()) -> list[str]:
    """A comma-separated list; empty items are dropped."""
    value = text(name)
    return [word.strip() for word in value.split(",") if word.strip()] if value else list(default)


def pairs(name: str) -> dict[str, str]:
    """A comma-separated list of `this=that`."""
    given = [word.partition("=") for word in words(name)]
    if not all(this and that for this, _, that in given):
        raise ImproperlyConfigured(f"{name}: not a list such as claude-opus-5-5=its-name-there,claude-haiku-5-5=other.")
    return {this.strip(): that.strip() for this, _, that in given}


def zone(name: str, *, default: str) -> str:
    value = text(name, default=default)
    try:
        return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ImproperlyConfigured(f"{name}: {value!r} is no time zone such as Europe/Berlin.") from error


def database(name: str, *, default: str) -> dict[str, Any]:
    """Django's settings for the database at an address; SQLite and PostgreSQL are known to work."""
    try:
        parsed = dict(dj_database_url.parse(text(name, default=default), conn_max_age=0))
    except ValueError:
        parsed = {}
    if not str(parsed.get("ENGINE")).endswith(("sqlite3", "postgresql")):
        raise ImproperlyConfigured(f"{name}: not an address such as postgres://user:password@host:5432/name.")
    return parsed


def mail(name: str) -> dict[str, object]:
    """Django's mail settings from one address such as smtp://user:password@host:587; the console without one."""
    if not text(name):
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    try:
        return dict(_env.email_url(name))
    except (KeyError, ImproperlyConfigured, ValueError) as error:
        raise ImproperlyConfigured(f"{name}: not an address such as smtp://user:password@host:587.") from error
