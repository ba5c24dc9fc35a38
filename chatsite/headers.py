"""Security headers that neither Django nor django-csp sets."""

from typing import Any


def security_headers(get_response: Any) -> Any:
    return get_response
