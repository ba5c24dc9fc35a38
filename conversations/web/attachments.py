"""Scaffolding: replaced by its owner."""
from typing import Any
from django.http import HttpResponse


def upload(request: Any, **kw: Any) -> HttpResponse:
    return HttpResponse(status=501)


def show(request: Any, **kw: Any) -> HttpResponse:
    return HttpResponse(status=501)


def thumbnail(request: Any, **kw: Any) -> HttpResponse:
    return HttpResponse(status=501)


def remove(request: Any, **kw: Any) -> HttpResponse:
    return HttpResponse(status=501)
