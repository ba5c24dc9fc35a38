"""Security headers that neither Django nor django-csp sets."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

# Nothing here needs a sensor, a camera or a payment; the clipboard is for the Copy buttons.
PERMISSIONS_POLICY = (
    "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), geolocation=(), gyroscope=(), "
    "hid=(), magnetometer=(), microphone=(), midi=(), payment=(), screen-wake-lock=(), serial=(), usb=(), "
    "xr-spatial-tracking=(), clipboard-write=(self)"
)


def security_headers(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Add them to every answer; what a view set itself stays as it is."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        return _with_headers(request, get_response(request))

    return middleware


def _with_headers(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    # By the cookie and not by the account: to ask for the account costs a query, and a page of a session that has just
    # ended is no more for the cache than the others. Static files come with a policy of their own.
    if settings.SESSION_COOKIE_NAME in request.COOKIES or settings.SESSION_COOKIE_NAME in response.cookies:
        response.headers.setdefault("Cache-Control", "no-store")
    return response
