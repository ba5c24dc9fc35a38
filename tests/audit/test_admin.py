"""What staff do in the admin is written down, whichever page it is; and the page that shows it."""

import csv
import io
from typing import Any
from uuid import UUID

import pytest
from django.contrib.admin import ModelAdmin, site
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.test import Client, RequestFactory

from conversations.models import AuditEntry, ErrandSwitch, RoutingRule, User
from conversations.models.audit import Deed
from tests.admin.conftest import CANARY, Chat, StaffWith, chat, staff_with

__all__ = ["chat", "staff_with"]

ADDRESS = "/admin/conversations/auditentry/"
PEOPLE = "/admin/conversations/user/"


def newest() -> AuditEntry:
    return AuditEntry.objects.order_by("-number")[:1].get()


@pytest.mark.parametrize("model", site._registry, ids=lambda model: model._meta.label_lower)
def test_every_page_of_the_admin_tells_what_it_does(cleo: User, model: Any) -> None:
    """Those of other packages too, and whatever is registered tomorrow."""
    request = RequestFactory().post("/")
    request.user = cleo
    page: Any = site._registry[model]
    gone = model(
        pk=model._meta.pk.to_python(str(UUID(int=7)) if model._meta.pk.get_internal_type() == "UUIDField" else 7)
    )

    page.log_deletions(request, [gone])

    written = AuditEntry.objects.values_list("deed", "object_type", "object_id", "person_id")
    assert list(written) == [("deleted", model._meta.label_lower, str(gone.pk), cleo.pk)]
    for way in ("log_addition", "log_change", "log_deletions", "construct_change_message"):
        assert getattr(type(page), way) is getattr(ModelAdmin, way), "a page with a way of its own is not written down"


def test_a_page_that_does_not_know_of_the_log_is_in_it_nevertheless(cleo_client: Client, cleo: User) -> None:
    """Any view behind the guard of the admin, as somebody may add one tomorrow."""
    response = cleo_client.post("/admin/conversations/batch/nightly/", {"on": []})

    assert response.status_code == 302
    row = newest()
    assert (row.deed, row.object_type, row.facts, row.person_id) == (
        Deed.ACTED,
        "conversations.batch",
        {"page": "nightly"},
        cleo.pk,
    )


def test_rights_are_told_as_they_were_and_are(cleo_client: Client, alice: User) -> None:
    group = Group.objects.create(name="canary")
    right = Permission.objects.get(codename="view_usageentry")
    form = {"username": "alice", "email": "canary@example.com", "is_active": "on", "is_staff": "on"}

    cleo_client.post(
        f"{PEOPLE}{alice.pk}/change/", form | {"groups": [group.pk], "user_permissions": [right.pk]}, follow=True
    )

    row = newest()
    assert (row.deed, row.object_type, row.object_id) == (Deed.CHANGED, "conversations.user", str(alice.pk))
    assert row.facts["fields"] == {
        "email": [],
        "is_staff": ["False", "True"],
        "groups": ["", str(group.pk)],
        "user_permissions": ["", str(right.pk)],
    }
    assert CANARY not in str(row.facts)


def test_a_group_of_rights_is_told_too(cleo_client: Client) -> None:
    right = Permission.objects.get(codename="view_usageentry")

    cleo_client.post("/admin/auth/group/add/", {"name": "canary", "permissions": [right.pk]})

    row = newest()
    assert (row.deed, row.object_type) == (Deed.ADDED, "auth.group")
    assert row.facts["fields"] == {"name": [], "permissions": ["", str(right.pk)]}


def test_settings_in_rows_are_told_from_the_list_and_from_their_page(cleo_client: Client) -> None:
    switch = ErrandSwitch.objects.order_by("-errand")[:1].get()
    form = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-errand": switch.pk, "_save": "Save"}
    cleo_client.post(f"/admin/conversations/errandswitch/?errand={switch.pk}", form)
    row = newest()
    assert (row.object_type, row.facts) == ("conversations.errandswitch", {"fields": {"is_on": ["True", "False"]}})

    rule = RoutingRule.objects.get(kind="short")
    words = {"position": 1, "kind": "short", "words": 40, "model": "claude-opus-5-5", "is_on": "on"}
    cleo_client.post(f"/admin/conversations/routingrule/{rule.pk}/change/", words)
    assert newest().facts["fields"]["words"] == ["30", "40"]
    assert newest().facts["fields"]["model"] == ["claude-haiku-5-5", "claude-opus-5-5"]


def test_a_form_that_is_shown_again_changed_nothing_and_is_not_told(cleo_client: Client, alice: User) -> None:
    before = AuditEntry.objects.count()

    assert cleo_client.post(f"{PEOPLE}{alice.pk}/change/", {"username": ""}).status_code == 200
    assert cleo_client.get(PEOPLE).status_code == 200

    assert AuditEntry.objects.count() == before


def test_what_staff_may_not_do_is_not_told_as_done(staff_with: StaffWith, alice: User) -> None:
    client = staff_with("view_user")

    assert client.post(f"{PEOPLE}{alice.pk}/delete/", {"post": "yes"}).status_code == 403

    assert not AuditEntry.objects.filter(deed=Deed.DELETED).exists()


@pytest.mark.parametrize("by", ["page", "list"])
def test_a_deleted_person_leaves_a_number_and_no_name(cleo_client: Client, alice: User, ben: User, by: str) -> None:
    key = str(alice.pk)
    AuditEntry.objects.append(Deed.SIGNED_IN, person_id=alice.pk)
    cleo_client.post(f"{PEOPLE}{key}/change/", {"username": "alice", "email": "alice@example.org", "is_active": "on"})
    assert LogEntry.objects.get().object_repr == "alice"
    if by == "page":
        cleo_client.post(f"{PEOPLE}{key}/delete/", {"post": "yes"})
    else:
        cleo_client.post(PEOPLE, {"action": "delete_selected", "_selected_action": [key], "post": "yes"})

    row = newest()
    assert (row.deed, row.object_type, row.object_id) == (Deed.DELETED, "conversations.user", key)
    cleo_client.get("/admin/")  # which says once that alice was deleted
    page = cleo_client.get(ADDRESS).text
    assert f"former person {key}<" in page
    assert "alice" not in page
    assert "alice" not in str(list(AuditEntry.objects.values()))
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize(
    ("address", "object_type", "facts"),
    [
        (
            "usageentry/report/?from=2026-01-01&format=csv",
            "conversations.usageentry",
            {"page": "report", "from": "2026-01-01", "format": "csv"},
        ),
        ("usageentry/cache/?format=csv", "conversations.usageentry", {"page": "cache", "format": "csv"}),
        ("batch/sample/?format=csv", "conversations.batch", {"page": "sample", "format": "csv"}),
        ("auditentry/csv/?q=canary", "conversations.auditentry", {"page": "csv"}),
    ],
)
def test_downloads_are_told(cleo_client: Client, address: str, object_type: str, facts: dict[str, str]) -> None:
    assert cleo_client.get(f"/admin/conversations/{address}").status_code == 200

    row = newest()
    assert (row.deed, row.object_type, row.facts) == (Deed.EXPORTED, object_type, facts)


def test_actions_on_many_rows_are_told_with_their_rows(cleo_client: Client, chat: Chat) -> None:
    chosen = {"action": "mark_resolved", "_selected_action": [chat.refusal.pk]}

    cleo_client.post("/admin/conversations/refusalevent/", chosen)

    told = {"page": "changelist", "action": "mark_resolved", "rows": [str(chat.refusal.pk)]}
    assert (newest().deed, newest().facts) == (Deed.ACTED, told)


def test_a_change_that_fails_is_not_told(cleo_client: Client, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are saved, or neither."""

    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(site._registry[User], "response_change", fails)
    before = AuditEntry.objects.count()

    with pytest.raises(RuntimeError):
        cleo_client.post(f"{PEOPLE}{alice.pk}/change/", {"username": "alice", "email": "new@example.com"})

    assert AuditEntry.objects.count() == before
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"


def test_nobody_changes_the_log_in_the_admin_superusers_neither(cleo_client: Client) -> None:
    row = newest()

    for action in ("add/", f"{row.pk}/change/", f"{row.pk}/delete/"):
        assert cleo_client.post(f"{ADDRESS}{action}", {"deed": "read", "post": "yes"}).status_code == 403
    cleo_client.post(ADDRESS, {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})

    assert AuditEntry.objects.filter(number=row.pk, deed=row.deed).exists()


def test_the_log_is_for_staff_with_the_right(staff_with: StaffWith, alice_client: Client) -> None:
    assert alice_client.get(ADDRESS, follow=True).status_code == 403
    assert staff_with("view_user").get(ADDRESS).status_code == 403
    assert staff_with("view_user").get(f"{ADDRESS}csv/").status_code == 403
    assert staff_with("view_auditentry").get(ADDRESS).status_code == 200
    assert staff_with("view_auditentry").get(f"{ADDRESS}csv/").status_code == 200


def test_the_log_is_narrowed_and_taken_along(cleo_client: Client, alice: User, cleo: User) -> None:
    AuditEntry.objects.append(Deed.SIGNED_IN, person_id=alice.pk, address="203.0.113.0/24")
    AuditEntry.objects.append(Deed.SIGN_IN_FAILED, person_id=None)
    AuditEntry.objects.append(Deed.CHANGED, person_id=cleo.pk, facts={"fields": {"is_on": ["False", "True"]}})

    def told(query: str) -> list[str]:
        response: Any = cleo_client.get(f"{ADDRESS}csv/?{query}")
        return [row["deed"] for row in csv.DictReader(io.StringIO(response.getvalue().decode()))]

    assert told("q=alice") == ["signed_in"]
    assert told("q=203.0.113.") == ["signed_in"]
    assert told("deed__exact=sign_in_failed") == ["sign_in_failed"]
    page = cleo_client.get(f"{ADDRESS}?deed__exact=changed").text
    assert "is_on: False → True" in page
    assert cleo_client.get(f"{ADDRESS}csv/?deed__nonsense=1").status_code == 400
