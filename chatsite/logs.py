"""Logs carry ids, never words."""

from typing import Any


def configure(config: dict[str, Any]) -> None:
    """Set up logging from LOGGING."""


def request_context(get_response: Any) -> Any:
    return get_response
