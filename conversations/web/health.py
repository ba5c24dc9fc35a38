"""Scaffolding: replaced by its owner."""
from typing import Any
from django.http import HttpResponse


def live(request: Any, **kw: Any) -> HttpResponse:
    return HttpResponse(status=501)


def ready(request: Any, **kw: Any) -> HttpResponse:
    return HttpResponse(status=501)
