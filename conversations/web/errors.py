"""Scaffolding: replaced by its owner."""
from typing import Any
from django.http import HttpResponse


def bad_request(request: Any, exception: Any = None) -> HttpResponse:
    return HttpResponse("400", status=400)


def forbidden(request: Any, exception: Any = None) -> HttpResponse:
    return HttpResponse("403", status=403)


def not_found(request: Any, exception: Any = None) -> HttpResponse:
    return HttpResponse("404", status=404)


def server_error(request: Any) -> HttpResponse:
    return HttpResponse("500", status=500)


def csrf_failure(request: Any, reason: str = "") -> HttpResponse:
    return HttpResponse("403", status=403)
