"""System checks: settings that each look right and together cannot work, or would be unsafe."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.http.request import split_domain_port, validate_host

from conversations.claude import catalogue

_PRIVATE = 0o077  # the bits by which others could read


@register(Tags.security)
def origins(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Each public origin must be a host that Django answers to, and all must be encrypted or none."""
    found: list[CheckMessage] = [
        Error(
            f"PUBLIC_ORIGINS names {origin}, but ALLOWED_HOSTS does not let its host in.",
            hint="Set PUBLIC_ORIGINS to what people type; ALLOWED_HOSTS then follows, unless you set it too.",
            id="chatsite.E001",
        )
        for origin in settings.PUBLIC_ORIGINS
        if not validate_host(split_domain_port(urlsplit(origin).netloc)[0], settings.ALLOWED_HOSTS)
    ]
    schemes = {urlsplit(origin).scheme for origin in settings.PUBLIC_ORIGINS}
    if len(schemes) > 1:
        hint = "Cookies are either for https alone or not: serve every origin by https."
        found.append(Error("PUBLIC_ORIGINS mixes http and https.", hint=hint, id="chatsite.E002"))
    return found


@register(Tags.security)
def debug(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Error pages of DEBUG show settings and rows, so a public site refuses to start with it."""
    if not (settings.DEBUG and settings.IS_HTTPS):
        return []
    return [Error("DEBUG is on for a site that is served by https.", hint="Unset DEBUG.", id="chatsite.E003")]


@register(Tags.security, deploy=True)
def any_host(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    hint = "Name the hosts: addresses in mails are made from the Host header."
    return [Error("ALLOWED_HOSTS allows every host.", hint=hint, id="chatsite.E004")]


@register(Tags.security)
def data_dir(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """The folder holds everything that was ever said here, and the key that signs sessions."""
    return [
        Warning(f"Other accounts of this machine may read {path}.", hint=f"chmod {mode} {path}", id="chatsite.W001")
        for path, mode in ((settings.DATA_DIR, "700"), (settings.DATA_DIR / "secret_key", "600"))
        if path.exists() and path.stat().st_mode & _PRIVATE
    ]


@register
def news(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    if not (settings.REDIS_URL and settings.IS_SQLITE):
        return []
    hint = "For several processes set DATABASE_URL=postgres://… too; for one, unset REDIS_URL."
    return [Warning("REDIS_URL is set, but SQLite serves one process alone.", hint=hint, id="chatsite.W003")]


@register
def models(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    named = [("CLAUDE_DEFAULT_MODEL", settings.CLAUDE_DEFAULT_MODEL)]
    named += [("CLAUDE_FALLBACK_MODELS", model) for model in settings.CLAUDE_FALLBACK_MODELS]
    return [
        Warning(
            f"{setting}: {model} is not in the catalogue.",
            hint="It works with conservative limits and prices. `manage.py doctor` lists the models your key reaches.",
            id="chatsite.W002",
        )
        for setting, model in named
        if not catalogue.card(model).is_known
    ]
