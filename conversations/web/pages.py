"""Scaffolding: replaced by its owner."""
from typing import Any
from django.http import HttpResponse


def new_conversation(request: Any, **kw: Any) -> HttpResponse:
    return HttpResponse(status=501)


def sidebar(request: Any, **kw: Any) -> HttpResponse:
    return HttpResponse(status=501)


def conversation(request: Any, **kw: Any) -> HttpResponse:
    return HttpResponse(status=501)


def earlier(request: Any, **kw: Any) -> HttpResponse:
    return HttpResponse(status=501)
