"""System checks: settings that each look right and together cannot work, or would be unsafe."""

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.http.request import split_domain_port, validate_host

from conversations.claude import catalogue
from conversations.claude.cards import Lifecycle
from conversations.claude.providers import Lack, is_framed, lacks, provider

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
    return [found for setting, model in named if (found := _model_warning(setting, model))]


@register
def cloud(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """What the site needs to ask Claude at a cloud. Whether credentials are good, only the cloud can say: `doctor`."""
    title = provider().title
    found: list[CheckMessage] = [
        Error(f"The site asks Claude at {title}, but {what}.", hint=mend, id="chatsite.E011")
        for what, mend in _missing_at_cloud()
    ]
    if settings.CLAUDE_GEO != "global" and lacks(Lack.TERMS):  # not to be kept in silence: somebody promised it
        hint = "Unset it, and choose where the cloud answers: by AWS_REGION, CLOUD_ML_REGION or the deployment."
        found.append(Error(f"CLAUDE_GEO cannot be kept at {title}.", hint=hint, id="chatsite.E012"))
    wishes = {"CLAUDE_SPEED": "standard", "CLAUDE_SERVICE_TIER": "auto"}
    vain = [name for name, usual in wishes.items() if getattr(settings, name) != usual]
    if vain and lacks(Lack.TERMS):
        hint = f"Unset {' and '.join(vain)}: {title} lacks {Lack.TERMS}."
        found.append(Warning(f"{', '.join(vain)} has no effect.", hint=hint, id="chatsite.W011"))
    return found


def _missing_at_cloud() -> Iterator[tuple[str, str]]:
    """What is missing, and the mend."""
    install = "Start with ./run, which installs all that requirements.lock names, or install the extra"
    match settings.CLAUDE_PROVIDER:
        case "bedrock":
            if not settings.AWS_REGION:
                yield "AWS_REGION is not set", "Set it to a region where your account has Claude, such as eu-west-1."
            if not (is_installed("botocore") or (settings.AWS_BEARER_TOKEN_BEDROCK and not is_framed())):
                yield "boto3 is not installed", f"{install} `bedrock`."
        case "vertex":
            if not settings.ANTHROPIC_VERTEX_PROJECT_ID:
                yield "ANTHROPIC_VERTEX_PROJECT_ID is not set", "Set it to the id of your project at Google Cloud."
            if not is_installed("google.auth"):
                yield "google-auth is not installed", f"{install} `vertex`."
        case "foundry":
            if not settings.ANTHROPIC_FOUNDRY_API_KEY:
                yield "ANTHROPIC_FOUNDRY_API_KEY is not set", "Copy a key of your resource from the Foundry portal."
            if not (settings.ANTHROPIC_FOUNDRY_RESOURCE or settings.ANTHROPIC_FOUNDRY_BASE_URL):
                yield "ANTHROPIC_FOUNDRY_RESOURCE is not set", "Set it to the name of your resource."


def is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # its parent is not there
        return False


def _model_warning(setting: str, model: str) -> CheckMessage | None:
    known = catalogue.card(model)
    if not known.is_known:
        hint = "It works with conservative limits and prices. `manage.py doctor` lists the models your key reaches."
        return Warning(f"{setting}: {model} is not in the catalogue.", hint=hint, id="chatsite.W002")
    if known.lifecycle == Lifecycle.RETIRED:
        hint = f"Put {catalogue.in_service(model).id} in its place, which answers instead."
        return Warning(f"{setting}: {model} has retired.", hint=hint, id="chatsite.W004")
    return None
