"""Pages for what went wrong: what happened, what to do, and a reference that an admin can find in the log."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

TRY_AGAIN_S = 5  # while the database is away, is locked or has no room


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, "400.html", 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, "403.html", 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(request, "403_csrf.html", 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, "404.html", 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without the request's context: whatever failed, the session or the database, must not fail this page too.

    A database that does not answer is no fault of the request, which may come again: 503 says so. Django asks here for
    what failed in the middleware too.
    """
    is_database_away = isinstance(sys.exception(), (InterfaceError, OperationalError))
    status = 503 if is_database_away else 500
    response = HttpResponse(render_to_string(f"{status}.html", {"reference": _reference(request)}), status=status)
    if is_database_away:
        response["Retry-After"] = str(TRY_AGAIN_S)
    return response


def _page(request: HttpRequest, template: str, status: int) -> HttpResponse:
    return render(request, template, {"reference": _reference(request)}, status=status)


def _reference(request: HttpRequest) -> str:
    return getattr(request, "reference", "")
