"""/admin/conversations/claudemodel/: what the API says of each model, and which of them people may choose."""

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from conversations.claude import catalogue
from conversations.models import ClaudeModel
from conversations.roster.sync import sync
from tests.admin.conftest import StaffWith
from tests.upstream import Reply, Upstream

ADDRESS = "/admin/conversations/claudemodel/"


@pytest.fixture
def synced(db: None, upstream: Upstream) -> Upstream:
    async_to_sync(sync)()
    return upstream


def offer(client: Client, changed: str, **values: Any) -> Any:
    """Save the list as a browser sends it, with one row changed."""
    rows = list(client.get(ADDRESS).context["cl"].result_list)
    sent: dict[str, Any] = {"form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": len(rows), "_save": "Save"}
    for place, row in enumerate(rows):
        facts = {"offered": row.offered, "position": row.position} | (values if row.pk == changed else {})
        sent |= {f"form-{place}-id": row.pk, f"form-{place}-position": facts["position"]}
        sent |= {f"form-{place}-offered": "on"} if facts["offered"] else {}
    return client.post(ADDRESS, sent, follow=True)


def test_before_the_first_sync_it_says_so(cleo_client: Client) -> None:
    page = cleo_client.get(ADDRESS).text

    assert "The API was not asked for its models yet." in page
    assert "Sync now" in page


def test_sync_now_reads_the_models_and_says_what_changed(cleo_client: Client, upstream: Upstream) -> None:
    page = cleo_client.post(f"{ADDRESS}sync/", follow=True).text

    assert "26 models listed." in page
    assert "claude-sonnet-4-5 is new: deprecated, retires on 2026-11-30." in page
    assert "until 30 Nov 2026" in page


def test_a_failed_sync_says_why_and_keeps_what_was_known(cleo_client: Client, synced: Upstream) -> None:
    synced.script_listing(Reply.error(401, "authentication_error"))

    page = cleo_client.post(f"{ADDRESS}sync/", follow=True).text

    assert "The API did not tell its models: unauthorized." in page
    assert "failed, unauthorized" in page
    assert "Claude Opus 5.5" in page


def test_a_model_shows_limits_dates_and_abilities(cleo_client: Client, synced: Upstream) -> None:
    page = cleo_client.get(f"{ADDRESS}claude-sonnet-4-5/change/").text

    for fact in ("200.0k", "64.0k", "30 Nov 2026", "Claude Sonnet 5.5", "thinking types: disabled, enabled"):
        assert fact in page


def test_what_the_owner_offers_is_offered_at_once(
    cleo_client: Client, synced: Upstream, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        offer(cleo_client, "claude-opus-4-8", offered=True, position=0)

    assert next(card.id for card in catalogue.offered()) == "claude-opus-4-8"

    with django_capture_on_commit_callbacks(execute=True):
        offer(cleo_client, "claude-opus-4-8", offered=False)

    assert "claude-opus-4-8" not in {card.id for card in catalogue.offered()}


def test_nobody_writes_what_the_api_says(cleo_client: Client, synced: Upstream) -> None:
    cleo_client.post(f"{ADDRESS}claude-opus-5/change/", {"lifecycle": "retired", "position": "3", "offered": "on"})

    row = ClaudeModel.objects.in_bulk()["claude-opus-5"]
    assert (row.lifecycle, row.position, row.offered) == ("active", 3, True)
    assert cleo_client.get(f"{ADDRESS}add/").status_code == 403
    assert cleo_client.get(f"{ADDRESS}claude-opus-5/delete/").status_code == 403


def test_whoever_may_only_look_only_looks(staff_with: StaffWith, synced: Upstream) -> None:
    client = staff_with("view_claudemodel")

    assert "Sync now" not in client.get(ADDRESS).text
    assert client.post(f"{ADDRESS}sync/").status_code == 403
    assert client.get(f"{ADDRESS}sync/").status_code == 405


def test_somebody_who_is_no_staff_is_sent_away(alice_client: Client, db: None) -> None:
    assert alice_client.post(f"{ADDRESS}sync/").status_code == 302
