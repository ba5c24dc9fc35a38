"""Comings and goings in the audit log, without passwords, and without names that belong to nobody."""

import pytest
from django.core.management import call_command
from django.test import Client, RequestFactory

from conversations.audit.record import address_of
from conversations.models import AuditEntry, Conversation, User
from conversations.models.audit import Deed
from tests.conftest import PASSWORD

SIGN_IN = "/accounts/login/"


def rows(deed: Deed) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(deed=deed))


def test_a_sign_in_and_a_sign_out_are_written_down(client: Client, alice: User) -> None:
    client.post(SIGN_IN, {"login": "alice", "password": PASSWORD}, REMOTE_ADDR="203.0.113.77")
    client.post("/accounts/logout/")

    (came,), (left,) = rows(Deed.SIGNED_IN), rows(Deed.SIGNED_OUT)
    assert (came.person_id, came.object_id, came.address) == (alice.pk, str(alice.pk), "203.0.113.0/24")
    assert left.person_id == alice.pk


@pytest.mark.parametrize("name", ["alice", "alice@example.com"])
def test_a_failed_sign_in_names_the_account_and_not_who_tried(client: Client, alice: User, name: str) -> None:
    client.post(SIGN_IN, {"login": name, "password": "canary of a password"})

    (failed,) = rows(Deed.SIGN_IN_FAILED)
    assert (failed.person_id, failed.object_type, failed.object_id) == (None, "conversations.user", str(alice.pk))


def test_an_unknown_name_is_not_kept(client: Client, alice: User) -> None:
    """Some people type their password where the name goes."""
    client.post(SIGN_IN, {"login": "canary", "password": "canary of a password"})

    (failed,) = rows(Deed.SIGN_IN_FAILED)
    assert (failed.object_type, failed.object_id) == ("", "")
    for row in AuditEntry.objects.values():
        assert "canary" not in str(row)


def test_a_new_account_and_a_new_password_are_written_down(client: Client, db: None) -> None:
    new = {"username": "dora", "email": "dora@example.com", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/accounts/signup/", new)
    dora = User.objects.get(username="dora")
    client.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": "another pass phrase", "password2": "another pass phrase"},
    )

    (signed_up,), (changed,) = rows(Deed.SIGNED_UP), rows(Deed.CHANGED)
    assert signed_up.object_id == str(dora.pk)
    assert changed.facts == {"fields": {"password": []}}
    for row in AuditEntry.objects.values():
        assert "phrase" not in str(row)
        assert "dora" not in str(row)


def test_exports_and_deletions_of_ones_own_chats_are_written_down(alice_client: Client, alice: User) -> None:
    chat = Conversation.objects.create(owner=alice, title="canary")

    alice_client.get(f"/c/{chat.pk}/export/?format=md")
    alice_client.post(f"/c/{chat.pk}/delete/")

    (exported,), (deleted,) = rows(Deed.EXPORTED), rows(Deed.DELETED)
    assert (exported.object_id, exported.facts) == (str(chat.pk), {"format": "md"})
    assert (deleted.object_id, deleted.person_id) == (str(chat.pk), alice.pk)
    for row in AuditEntry.objects.values():
        assert "canary" not in str(row)


def test_strangers_leave_nothing_in_the_log_of_a_chat(ben_client: Client, alice: User) -> None:
    chat = Conversation.objects.create(owner=alice)

    assert ben_client.get(f"/c/{chat.pk}/export/").status_code == 404
    assert ben_client.post(f"/c/{chat.pk}/delete/").status_code == 404

    assert not AuditEntry.objects.filter(object_id=str(chat.pk)).exists()


@pytest.mark.parametrize(
    ("how", "proxies", "forwarded", "told"),
    [
        ("network", 0, "198.51.100.9", "192.0.2.0/24"),  # nobody before the site: the header is anybody's
        ("network", 1, "6.6.6.6, 198.51.100.9", "198.51.100.0/24"),
        ("network", 1, "2001:db8:1:2::3", "2001:db8:1::/48"),
        ("full", 1, "198.51.100.9", "198.51.100.9"),
        ("full", 2, "198.51.100.9, 10.0.0.1", "198.51.100.9"),
        ("full", 1, "not an address", ""),
        ("full", 5, "198.51.100.9", ""),
        ("none", 0, "", ""),
    ],
)
def test_an_address_is_told_as_exactly_as_the_owner_wants(
    settings: object, how: str, proxies: int, forwarded: str, told: str
) -> None:
    settings.AUDIT_ADDRESS, settings.PROXIES = how, proxies  # type: ignore[attr-defined]
    request = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded}, REMOTE_ADDR="192.0.2.5")

    assert address_of(request) == told


def test_the_log_of_the_site_holds_the_newest_seal_too(
    client: Client, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", "conversations.audit.record"):
        client.post(SIGN_IN, {"login": "alice", "password": PASSWORD})

    newest = AuditEntry.objects.order_by("number").last()
    assert newest is not None
    told = [(record.number, record.seal) for record in caplog.records if record.message == "audit"]  # type: ignore[attr-defined]
    assert told[-1] == (newest.number, newest.seal)
    call_command("verify_audit", anchor=f"{newest.number}:{newest.seal}")
