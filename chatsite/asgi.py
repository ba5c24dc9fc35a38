"""The two ways in: HTTP goes to Django; a WebSocket passes the origin check, then the session, then its route."""

import os
from typing import Any
from urllib.parse import ParseResult

import django
import structlog
from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import OriginValidator, WebsocketDenier
from django.urls import re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
django.setup()  # before anything that imports a model

from django.conf import settings  # noqa: E402

from chatsite.threads import ThreadedHandler  # noqa: E402
from conversations.live.patience import Patient  # noqa: E402
from conversations.live.routing import urlpatterns  # noqa: E402

log = structlog.stdlib.get_logger(__name__)


class PublicOrigins(OriginValidator):
    """Refuses a foreign, missing or `null` Origin with 403 before accepting, and says so in the log.

    Full origins, since a comparison of host names would let in every other port of the same machine.
    """

    def valid_origin(self, parsed_origin: ParseResult | None) -> bool:
        try:
            allowed = bool(super().valid_origin(parsed_origin))
        except ValueError:  # a port that is no number
            allowed = False
        if not allowed:
            origin = parsed_origin.geturl()[:200] if parsed_origin else "none"
            log.warning("socket refused", reason="origin", origin=origin)
        return allowed


# Without this last route a wrong address would be an exception in the log.
denier: Any = WebsocketDenier.as_asgi()
routes: list[Any] = [*urlpatterns, re_path("", denier)]
windows: Any = AuthMiddlewareStack(URLRouter(routes))

application = ProtocolTypeRouter(
    {
        "http": ThreadedHandler(),
        "websocket": PublicOrigins(Patient(windows), settings.PUBLIC_ORIGINS),
    }
)
