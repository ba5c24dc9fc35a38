"""Comings and goings of people, wherever they come in. Of a failed sign-in neither the password nor an unknown name."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set, user_signed_up
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models import Q
from django.http import HttpRequest

from conversations.audit.record import record
from conversations.models import User
from conversations.models.audit import Deed


def connect() -> None:
    user_logged_in.connect(_signed_in, dispatch_uid="audit")
    user_logged_out.connect(_signed_out, dispatch_uid="audit")
    user_login_failed.connect(_sign_in_failed, dispatch_uid="audit")
    user_signed_up.connect(_signed_up, dispatch_uid="audit")
    for changed in (password_set, password_changed, password_reset):
        changed.connect(_password_changed, dispatch_uid="audit")


def _signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    record(request, Deed.SIGNED_IN, of=user, person_id=user.pk)


def _signed_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    if user is not None:
        record(request, Deed.SIGNED_OUT, of=user, person_id=user.pk)


def _signed_up(request: HttpRequest, user: User, **_: Any) -> None:
    record(request, Deed.SIGNED_UP, of=user, person_id=user.pk)


def _password_changed(request: HttpRequest, user: User, **_: Any) -> None:
    record(request, Deed.CHANGED, of=user, person_id=user.pk, facts={"fields": {"password": []}})


def _sign_in_failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """What was tried is told as the account that it was tried on, if there is one; whoever tried is not known."""
    name, email = str(credentials.get("username") or ""), str(credentials.get("email") or "")
    tried = User.objects.filter(Q(username__iexact=name) | Q(email__iexact=email, email__gt="")).first()
    if tried is None:
        record(request, Deed.SIGN_IN_FAILED)
    else:
        record(request, Deed.SIGN_IN_FAILED, of=tried)
