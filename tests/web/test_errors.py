"""What a person reads when something went wrong: what happened, what to do, and a reference."""

import re

import pytest
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from chatsite.urls import handler400, handler403, handler404, handler500
from chatsite.urls import urlpatterns as site

__all__ = ["handler400", "handler403", "handler404", "handler500"]


def fail(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a secret that no page may show")


def forbid(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def misunderstand(request: HttpRequest) -> HttpResponse:
    raise BadRequest


def lack_database(request: HttpRequest) -> HttpResponse:
    raise OperationalError("database or disk is full: a secret")


urlpatterns = [
    *site,
    path("away/", lack_database),
    path("fail/", fail),
    path("forbid/", forbid),
    path("misunderstand/", misunderstand),
]


@pytest.fixture
def visitor(db: None, settings: Settings) -> Client:
    settings.ROOT_URLCONF = __name__
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/nowhere/", 404, "There is nothing at this address"),
        ("/forbid/", 403, "You are not allowed to do this"),
        ("/misunderstand/", 400, "This request could not be understood"),
        ("/fail/", 500, "The site failed to answer"),
        ("/away/", 503, "The site cannot answer just now"),
    ],
)
def test_each_error_has_words_and_a_reference(visitor: Client, address: str, status: int, words: str) -> None:
    response = visitor.get(address)

    assert response.status_code == status
    assert words in response.text
    reference = re.search(r"Reference <code>([^<]+)</code>", response.text)
    assert reference
    assert reference[1] == response["X-Request-ID"]
    assert "Oops" not in response.text
    assert "secret" not in response.text


def test_a_form_without_its_token_says_that_nothing_was_changed(visitor: Client) -> None:
    response = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "alice"})

    assert response.status_code == 403
    assert "This form is out of date" in response.text
    assert "Nothing was changed." in response.text


def test_the_page_for_a_failure_asks_no_database(visitor: Client) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the database is gone")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.db.backends.utils.CursorWrapper.execute", broken)
        page = visitor.get("/fail/").text

    assert "The site failed to answer" in page
