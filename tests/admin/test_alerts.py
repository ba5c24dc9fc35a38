"""/admin/conversations/alert/: what stands, who was told, and a test that says what came of it."""

from typing import Any

from django.test import Client

from conversations.alerts.standing import clear_alert, raise_alert
from conversations.models import Alert, AlertKind
from tests.admin.conftest import StaffWith
from tests.alerts.conftest import hook, mails, sent  # noqa: F401  (fixtures)
from tests.servers.hook import Hook
from tests.servers.mail import MailServer

ADDRESS = "/admin/conversations/alert/"


def test_the_list_shows_what_stands_and_who_was_told(cleo_client: Client, mails: MailServer, hook: Hook) -> None:  # noqa: F811
    raise_alert(AlertKind.ERRORS, says="6 of 10 requests failed.")
    raise_alert(AlertKind.MODEL, subject="old", says="It retires.")
    hook.answers = 500
    sent()
    clear_alert(AlertKind.MODEL, subject="old")

    page = cleo_client.get(ADDRESS).text
    assert "6 of 10 requests failed." in page
    assert "stands" in page
    assert "E-mail, raised: 20" in page
    assert "Webhook, raised: tried 1 times. The webhook answered 500." in page
    assert "E-mail, cleared: on its way" in page
    standing = cleo_client.get(f"{ADDRESS}?state=stands").text
    assert "6 of 10" in standing
    assert "It retires." not in standing


def test_a_test_goes_both_ways_and_says_so(cleo_client: Client, mails: MailServer, hook: Hook) -> None:  # noqa: F811
    page = cleo_client.post(f"{ADDRESS}test/", follow=True).text

    assert "E-mail: sent. The server took it for ops@example.com." in page
    assert "Webhook: sent. It answered 204." in page
    assert mails.received[0]["Subject"] == "[Chatsite] A test alert"
    assert b'"event": "test"' in hook.received[0][1]
    assert not Alert.objects.exists()


def test_a_test_that_does_not_arrive_says_why(cleo_client: Client, mails: MailServer, hook: Hook) -> None:  # noqa: F811
    mails.refuses, hook.answers = "550 no", 403

    page = cleo_client.post(f"{ADDRESS}test/", follow=True).text

    assert "E-mail: not sent. The mail server refused every recipient." in page
    assert "Webhook: not sent. The webhook answered 403." in page


def test_a_test_without_a_way_says_what_to_set(cleo_client: Client, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

    page = cleo_client.post(f"{ADDRESS}test/", follow=True).text

    assert "E-mail is not set up: set EMAIL_URL" in page
    assert "No webhook is set up: set ALERT_WEBHOOK_URL" in page


def test_only_who_may_change_alerts_sends_a_test_and_only_by_post(staff_with: StaffWith, ben_client: Client) -> None:
    assert staff_with("view_alert").post(f"{ADDRESS}test/").status_code == 403
    assert staff_with("change_alert").get(f"{ADDRESS}test/").status_code == 405
    assert "Send a test" not in staff_with("view_alert").get(ADDRESS).text
    assert ben_client.post(f"{ADDRESS}test/", follow=True).status_code == 403


def test_staff_without_the_right_do_not_see_alerts(staff_with: StaffWith) -> None:
    assert staff_with("view_usageentry").get(ADDRESS).status_code == 403
