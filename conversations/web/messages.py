"""Scaffolding: replaced by its owner."""
from typing import Any
from django.http import HttpResponse


def start(request: Any, **kw: Any) -> HttpResponse:
    return HttpResponse(status=501)


def send(request: Any, **kw: Any) -> HttpResponse:
    return HttpResponse(status=501)
