"""Every address of the site answers with the whole set of security headers, whoever asks."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern

SAMPLES = {"uuid": str(UUID(int=7)), "int": "7", "str": "x", "path": "x", "slug": "x"}
# NUL, half of a pair of surrogates, and a byte that is no UTF-8, where the site expects words.
HOSTILE = "&".join(
    f"{name}=%00%ED%A0%BD%FF" for name in ("text", "client_id", "login", "username", "email", "password")
)
HEADERS = {
    "Content-Security-Policy": "",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Request-ID": "",
}


def _walk(patterns: list[Any], prefix: str = "/") -> Iterator[str]:
    for entry in patterns:
        path = prefix + _sample(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, path)
        else:
            assert isinstance(entry, URLPattern)
            yield path


def _sample(pattern: Any) -> str:
    if isinstance(pattern, RegexPattern):
        plain = re.sub(r"\(\?P<\w+>[^()]*(?:\([^()]*\)[^()]*)*\)", "x", str(pattern))
        return plain.replace("\\Z", "").replace("\\", "").strip("^$")
    return re.sub(r"<(?:(\w+):)?\w+>", lambda match: SAMPLES[match[1] or "str"], str(pattern))


ADDRESSES = sorted(set(_walk(get_resolver().url_patterns)))


def test_the_walk_finds_every_room_of_the_site() -> None:
    known = {"/", f"/c/{UUID(int=7)}/", "/health/ready", "/accounts/login/", "/admin/", "/admin/conversations/user/"}

    assert known <= set(ADDRESSES)
    assert len(ADDRESSES) > 50


@pytest.mark.parametrize("address", [*ADDRESSES, "/nothing/here/"])
def test_every_address_has_the_headers(cleo_client: Client, address: str) -> None:
    cleo_client.raise_request_exception = False
    response = cleo_client.get(address)

    assert response.status_code != HTTPStatus.INTERNAL_SERVER_ERROR
    for name, value in HEADERS.items():
        assert value in response.headers[name], name
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert "Cache-Control" in response.headers  # signed in: no-store, or what the view decided


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES)
def test_no_address_fails_for_someone_who_is_not_signed_in(address: str) -> None:
    client = Client(raise_request_exception=False)

    seen = client.get(address)
    told = client.post(address, HOSTILE, content_type="application/x-www-form-urlencoded")

    assert HTTPStatus.INTERNAL_SERVER_ERROR not in (seen.status_code, told.status_code)
