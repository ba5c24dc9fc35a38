"""Rows from a coroutine that no request stands behind, so that nobody else closes its connection."""

from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import connections

P = ParamSpec("P")
Result = TypeVar("Result")


def in_database(work: Callable[P, Result]) -> Callable[P, Awaitable[Result]]:
    def closing(*args: P.args, **kwargs: P.kwargs) -> Result:
        _close_old()
        try:
            return work(*args, **kwargs)
        finally:
            _close_old()

    return sync_to_async(closing)


def _close_old() -> None:
    """As Django does around a request, but not under a transaction of whoever waits for us."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
