"""Scaffolding: replaced by its owner."""
from typing import Any
from django.http import HttpResponse


def stop(request: Any, **kw: Any) -> HttpResponse:
    return HttpResponse(status=501)


def retry(request: Any, **kw: Any) -> HttpResponse:
    return HttpResponse(status=501)


def go_on(request: Any, **kw: Any) -> HttpResponse:
    return HttpResponse(status=501)
