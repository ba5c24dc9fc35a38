"""Who may sign up, and who owns a new site."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from conversations.models import User


def is_signup_open() -> bool:
    """A site without accounts always takes its first one, who owns it; otherwise nobody could get in."""
    return settings.SIGNUP == "open" or not User.objects.exists()


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return is_signup_open()

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        saved: User = super().save_user(request, user, form, commit)
        if commit:
            User.objects.make_owner_if_first(saved)
        return saved
