"""What every template may use. Each is looked up when a template first asks for it, and once for each page."""

from functools import cache
from typing import cast

from django.conf import settings
from django.http import HttpRequest

from conversations.models import User
from conversations.usage.budget_views import near_budgets
from conversations.web.accounts import is_signup_open
from conversations.web.outage import outage_notice
from conversations.web.pages import sidebar_of
from conversations.web.readings import readings_notice
from conversations.web.responses import SignedInRequest


def site(request: HttpRequest) -> dict[str, object]:
    return {
        "is_demo": settings.IS_DEMO,
        "is_new_site": cache(lambda: not User.objects.exists()),
        "is_signup_open": cache(is_signup_open),
        "near_budgets": cache(lambda: near_budgets(request.user) if request.user.is_authenticated else []),
        "outage": cache(lambda: outage_notice(request)),
        "readings": cache(lambda: readings_notice(request)),
        "sidebar": cache(lambda: sidebar_of(cast(SignedInRequest, request))),
    }
