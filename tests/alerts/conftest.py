"""A mail server and a webhook of the operator's, and the site's settings for both."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db.models.functions import Now

from conversations.alerts.sending import send_due
from conversations.models import AlertNotice
from tests.servers.hook import Hook, running_hook
from tests.servers.mail import MailServer, running_mail_server

SECRET = "a secret of the webhook"


@pytest.fixture
def mails(settings: Any) -> Iterator[MailServer]:
    with running_mail_server() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        settings.ALERT_EMAILS = ["ops@example.com"]
        yield running


@pytest.fixture
def hook(settings: Any) -> Iterator[Hook]:
    with running_hook() as running:
        settings.ALERT_WEBHOOK_URL, settings.ALERT_WEBHOOK_SECRET = running.url, SECRET
        yield running


def sent() -> None:
    """Send what is due."""
    async_to_sync(send_due)()


def sent_later() -> None:
    """Send what waits for another try, too."""
    AlertNotice.objects.waiting().update(due_at=Now() - timedelta(seconds=1))
    sent()
