"""Settings that cannot work together are told before the site starts."""

from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks


def found(*, deploy: bool = False) -> set[str | None]:
    return {message.id for message in run_checks(include_deployment_checks=deploy) if "chatsite" in str(message.id)}


def test_the_defaults_are_fine() -> None:
    assert found() == set()


def test_an_origin_whose_host_is_not_let_in(settings: Any) -> None:
    settings.PUBLIC_ORIGINS = ["https://chat.example.com"]

    assert found() == {"chatsite.E001"}


def test_an_origin_by_its_ipv6_address_is_let_in(settings: Any) -> None:
    settings.PUBLIC_ORIGINS = ["http://[::1]:8000"]

    assert found() == set()


def test_http_beside_https(settings: Any) -> None:
    settings.ALLOWED_HOSTS = [".example.com"]
    settings.PUBLIC_ORIGINS = ["https://chat.example.com", "http://chat.example.com"]

    assert found() == {"chatsite.E002"}


def test_debug_on_a_public_site(settings: Any) -> None:
    settings.DEBUG = settings.IS_HTTPS = True

    assert found() == {"chatsite.E003"}


def test_every_host_is_too_many_for_a_deployment(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]

    assert found() == set()
    assert "chatsite.E004" in found(deploy=True)


@pytest.mark.parametrize(("name", "mode"), [("", 0o755), ("secret_key", 0o640)])
def test_data_that_others_can_read(settings: Any, tmp_path: Path, name: str, mode: int) -> None:
    settings.DATA_DIR = tmp_path
    (tmp_path / "secret_key").touch(mode=0o600)
    (tmp_path / name).chmod(mode)

    assert found() == {"chatsite.W001"}


def test_redis_beside_sqlite_has_nobody_to_tell(settings: Any) -> None:
    settings.IS_SQLITE, settings.REDIS_URL = True, "redis://127.0.0.1:6379/0"

    assert found() == {"chatsite.W003"}


def test_a_default_model_that_nobody_knows(settings: Any) -> None:
    settings.CLAUDE_DEFAULT_MODEL = "claude-opus-99"

    assert found() == {"chatsite.W002"}


def test_a_fallback_model_that_nobody_knows(settings: Any) -> None:
    settings.CLAUDE_FALLBACK_MODELS = ["claude-sonnet-5-5", "claude-sonnet-99"]

    assert found() == {"chatsite.W002"}


def test_models_that_have_retired(settings: Any) -> None:
    settings.CLAUDE_DEFAULT_MODEL = "claude-opus-4-1"
    settings.CLAUDE_FALLBACK_MODELS = ["claude-3-haiku-20240307"]

    assert found() == {"chatsite.W004"}
