"""An alert is told once by each way, and once when it is over, whatever breaks on the way."""

import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from conversations.alerts.sending import AGAIN_AFTER
from conversations.alerts.standing import clear_alert, raise_alert
from conversations.models import Alert, AlertKind, AlertNotice, User
from tests.alerts.conftest import SECRET, sent, sent_later
from tests.servers.hook import Hook
from tests.servers.mail import MailServer

pytestmark = pytest.mark.django_db
SAYS = "12 of 20 requests failed."


def raised(subject: str = "", says: str = SAYS) -> bool:
    return raise_alert(AlertKind.ERRORS, subject=subject, says=says)


def faults() -> list[str]:
    return list(AlertNotice.objects.order_by("way").values_list("fault", flat=True))


def test_an_alert_is_told_by_mail_and_webhook(mails: MailServer, hook: Hook, settings: Any) -> None:
    settings.PUBLIC_ORIGINS = ["https://chat.example.com"]
    assert raised()
    sent()

    [mail] = mails.received
    assert (mail["Subject"], mail["To"]) == ("[Chatsite] Many requests to Claude fail", "ops@example.com")
    address = f"https://chat.example.com/admin/conversations/alert/{Alert.objects.get().pk}/change/"
    assert SAYS in mail.get_content()
    assert address in mail.get_content()
    [(_, body)] = hook.received
    told = json.loads(body)
    assert (told["event"], told["kind"], told["says"], told["url"]) == ("raised", "errors", SAYS, address)


def test_while_it_stands_nobody_hears_of_it_again(mails: MailServer, hook: Hook) -> None:
    assert [raised(), raised(), raised(says="13 of 20 requests failed.")] == [True, False, False]
    sent()
    raised()
    sent()

    assert (len(mails.received), len(hook.received)) == (1, 1)
    assert Alert.objects.get().says == SAYS


def test_each_subject_is_an_alert_of_its_own(hook: Hook) -> None:
    assert raised("one")
    assert raised("two")
    sent()

    assert {json.loads(body)["subject"] for _, body in hook.received} == {"one", "two"}


def test_that_it_is_over_is_told_once(mails: MailServer, hook: Hook) -> None:
    raised()
    sent()
    assert [clear_alert(AlertKind.ERRORS), clear_alert(AlertKind.ERRORS)] == [True, False]
    sent()

    assert [mail["Subject"] for mail in mails.received][1:] == ["[Chatsite] Over: Many requests to Claude fail"]
    assert [json.loads(body)["event"] for _, body in hook.received] == ["raised", "cleared"]
    assert json.loads(hook.received[1][1])["cleared_at"]


def test_after_its_end_it_may_come_again(hook: Hook) -> None:
    raised()
    clear_alert(AlertKind.ERRORS)
    assert raised()
    sent()

    assert [json.loads(body)["event"] for _, body in hook.received] == ["raised", "cleared", "raised"]


def test_the_webhook_can_tell_who_sent_it(hook: Hook) -> None:
    raised()
    sent()

    headers, body = hook.received[0]
    seconds, signature = (part.partition("=")[2] for part in headers["x-chatsite-signature"].split(","))
    expected = hmac.new(SECRET.encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert signature == expected
    assert headers["content-type"] == "application/json"


def test_a_redirect_is_not_followed(hook: Hook) -> None:
    hook.answers = 307
    raised()
    sent()

    assert len(hook.received) == 1
    assert faults() == ["The webhook answered 307."]


def test_what_could_not_be_sent_is_tried_again_and_told_in_order(mails: MailServer, hook: Hook) -> None:
    mails.refuses, hook.answers = "550 no such user", 503
    raised()
    sent()
    clear_alert(AlertKind.ERRORS)
    sent()
    assert faults() == ["The mail server refused every recipient.", "", "The webhook answered 503.", ""]
    assert len(hook.received) == 1  # the end waits for the beginning

    mails.refuses, hook.answers = "", 200
    sent_later()

    assert [mail["Subject"] for mail in mails.received] == [
        "[Chatsite] Many requests to Claude fail",
        "[Chatsite] Over: Many requests to Claude fail",
    ]
    assert [json.loads(body)["event"] for _, body in hook.received] == ["raised", "raised", "cleared"]
    assert faults() == [""] * 4


def test_what_never_arrives_is_given_up_with_its_reason(hook: Hook) -> None:
    hook.answers = 500
    raised()
    for _ in range(len(AGAIN_AFTER) + 2):
        sent_later()

    notice = AlertNotice.objects.get()
    assert (notice.due_at, notice.sent_at, notice.fault) == (None, None, "The webhook answered 500.")
    assert len(hook.received) == len(AGAIN_AFTER) + 1


def test_a_mail_server_that_is_away_holds_up_nobody(mails: MailServer, hook: Hook, settings: Any) -> None:
    settings.EMAIL_PORT = 1
    raised()
    sent()

    assert len(hook.received) == 1
    assert "The mail server of EMAIL_URL could not be used (ConnectionRefusedError)." in faults()


def test_without_addresses_of_their_own_the_superusers_get_the_mail(
    mails: MailServer, settings: Any, ben: User, cleo: User
) -> None:
    settings.ALERT_EMAILS = []
    raised()
    sent()

    assert mails.received[0]["To"] == "cleo@example.com"


def test_without_a_way_it_stands_in_the_admin_alone(db: None, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    settings.ALERT_EMAILS = ["ops@example.com"]

    assert raised()
    assert not AlertNotice.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_processes_one_raises_and_one_sends(hook: Hook) -> None:
    at_once = Barrier(4)

    def process(_: int) -> bool:
        at_once.wait()
        try:
            is_new = raised()
            sent()
            return is_new
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as processes:
        assert sorted(processes.map(process, range(4))) == [False, False, False, True]
    assert len(hook.received) == 1
