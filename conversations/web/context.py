"""What every template may use. Nothing is looked up before a template asks for it."""

from typing import cast

from django.conf import settings
from django.http import HttpRequest

from conversations.models import User
from conversations.web.accounts import is_signup_open
from conversations.web.outage import outage_notice
from conversations.web.pages import sidebar_of
from conversations.web.responses import SignedInRequest


def site(request: HttpRequest) -> dict[str, object]:
    return {
        "is_demo": settings.IS_DEMO,
        "is_new_site": lambda: not User.objects.exists(),
        "is_signup_open": is_signup_open,
        "outage": lambda: outage_notice(request),
        "sidebar": lambda: sidebar_of(cast(SignedInRequest, request)),
    }
