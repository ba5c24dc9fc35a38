"""Alerts by e-mail, to ALERT_EMAILS or else to the superusers of the site, of whom its owner is one."""

import logging
import smtplib

from django.conf import settings
from django.core.mail import EmailMessage

from conversations.alerts.words import NotSent, Told
from conversations.models import User

log = logging.getLogger(__name__)

CONSOLE = "django.core.mail.backends.console.EmailBackend"


def is_set_up() -> bool:
    """Without EMAIL_URL a mail goes to the terminal, where nobody waits for it."""
    return settings.EMAIL_BACKEND != CONSOLE and bool(recipients())


def recipients() -> list[str]:
    admins = User.objects.filter(is_active=True, is_superuser=True).exclude(email="").order_by("pk")
    return settings.ALERT_EMAILS or list(admins.values_list("email", flat=True))


def send(message: Told, to: list[str]) -> None:
    """Raises NotSent. Blocks while the server is slow; each of its steps has EMAIL_TIMEOUT."""
    mail = EmailMessage(
        f"[Chatsite] {message.title}", message.text, to=to, headers={"Auto-Submitted": "auto-generated"}
    )
    try:
        mail.send()
    except smtplib.SMTPAuthenticationError as error:
        raise NotSent("The mail server does not accept name and password of EMAIL_URL.") from error
    except smtplib.SMTPResponseException as error:
        raise NotSent(f"The mail server refused it with {error.smtp_code}.") from error
    except smtplib.SMTPRecipientsRefused as error:
        raise NotSent("The mail server refused every recipient.") from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(f"The mail server of EMAIL_URL could not be used ({type(error).__name__}).") from error
