"""The API's list of models becomes rows, and every process knows of it."""

import asyncio
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.management import CommandError, call_command
from django.utils import timezone

from conversations.claude import catalogue
from conversations.claude.access import access_print
from conversations.claude.errors import ClaudeError
from conversations.claude.price_list import PRICE_LIST
from conversations.models import ClaudeModel, Price, RosterSync
from conversations.roster import keeper
from conversations.roster.sync import last_sync, sync, sync_if_due
from conversations.wire import topics
from tests.turns.conversing import until
from tests.upstream import Reply, Upstream

pytestmark = pytest.mark.django_db


def synced() -> RosterSync:
    return async_to_sync(sync)()


def of(upstream: Upstream, model_id: str) -> dict[str, Any]:
    return next(model for model in upstream.models if model["id"] == model_id)


def test_every_model_becomes_a_row_with_what_the_api_said(upstream: Upstream) -> None:
    done = synced()

    row = ClaudeModel.objects.get(pk="claude-sonnet-4-5")
    assert done.model_count == ClaudeModel.objects.count() == len(upstream.models)
    assert (row.lifecycle, row.line, row.context_tokens) == ("deprecated", "sonnet", 200_000)
    assert f"{row.retires_at:%Y-%m-%d}" == "2026-11-30"
    assert row.capabilities == of(upstream, "claude-sonnet-4-5")["capabilities"]
    assert "claude-sonnet-4-5 is new: deprecated, retires on 2026-11-30." in done.changes


def test_at_first_those_are_offered_that_the_release_suggests(upstream: Upstream) -> None:
    before = catalogue.offered()
    synced()

    offered = ClaudeModel.objects.filter(offered=True).in_order()
    assert [row.pk for row in offered] == [card.id for card in before]


def test_what_the_owner_decided_stays(upstream: Upstream) -> None:
    synced()
    ClaudeModel.objects.filter(pk="claude-opus-5-5").update(offered=False, position=7)

    done = synced()

    row = ClaudeModel.objects.get(pk="claude-opus-5-5")
    assert (row.offered, row.position, done.changes) == (False, 7, [])


def test_it_says_what_changed(upstream: Upstream) -> None:
    synced()
    of(upstream, "claude-opus-4-5").update(lifecycle="deprecated", retires_at="2027-02-01T00:00:00Z")
    of(upstream, "claude-opus-5")["max_tokens"] = 256_000
    upstream.models = [model for model in upstream.models if model["id"] != "claude-mythos-5"]
    said = StringIO()

    call_command("sync_models", stdout=said)

    assert said.getvalue().splitlines() == [
        "claude-opus-5 changed: max output tokens.",
        "claude-opus-4-5 is deprecated now, it was active, retires on 2027-02-01.",
        "claude-mythos-5 is not listed any more.",
        f"{len(upstream.models)} models listed, 3 changes.",
    ]


def test_a_failure_is_an_exit_status_and_changes_nothing(upstream: Upstream) -> None:
    synced()
    upstream.script_listing(Reply.error(401, "authentication_error"))

    with pytest.raises(CommandError, match="unauthorized"):
        call_command("sync_models")

    noted = last_sync()
    assert noted
    assert (noted.fault, noted.model_count) == ("unauthorized", len(upstream.models))
    assert ClaudeModel.objects.listed().count() == len(upstream.models)


def test_an_empty_list_is_a_failure(upstream: Upstream) -> None:
    synced()
    upstream.models = []

    with pytest.raises(ClaudeError):
        synced()
    assert ClaudeModel.objects.listed().exists()


@pytest.mark.django_db(transaction=True)
def test_the_catalogue_knows_at_once(upstream: Upstream) -> None:
    of(upstream, "claude-opus-5-5").update(lifecycle="retired")

    synced()

    assert next(card.id for card in catalogue.offered()) == "claude-opus-5"


@pytest.mark.django_db(transaction=True)
def test_a_model_out_of_reach_is_offered_no_more(upstream: Upstream) -> None:
    synced()
    upstream.models = [model for model in upstream.models if model["id"] != "claude-fable-5-2"]

    synced()

    assert "claude-fable-5-2" not in {card.id for card in catalogue.offered()}


def test_the_prices_of_the_release_come_along_and_an_admins_stay(upstream: Upstream) -> None:
    Price.objects.filter(model="claude-opus-5-5").update(usd_per_mtok_input=3)
    Price.objects.filter(model="claude-opus-5").delete()

    synced()

    assert Price.objects.count() == len(PRICE_LIST)
    assert Price.objects.get(model="claude-opus-5-5").usd_per_mtok_input == 3


def test_nobody_looks_twice_a_day(upstream: Upstream) -> None:
    for _ in range(3):
        async_to_sync(sync_if_due)()
    assert len(upstream.listings) == 1

    RosterSync.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    async_to_sync(sync_if_due)()
    assert len(upstream.listings) == 2


def test_a_failed_look_is_harmless_and_is_made_up_for_within_hours(upstream: Upstream) -> None:
    upstream.script_listing(Reply.error(500, "api_error"))

    async_to_sync(sync_if_due)()

    noted = last_sync()
    assert noted
    assert noted.fault == "api_error"
    assert noted.due_at < timezone.now() + timedelta(hours=2)


def test_only_one_of_many_wins_a_look() -> None:
    hold = timedelta(minutes=10)

    assert [RosterSync.objects.take(access_print(), hold=hold) for _ in range(3)] == [True, False, False]


def test_another_key_looks_for_itself(upstream: Upstream, settings: Any) -> None:
    async_to_sync(sync_if_due)()
    settings.ANTHROPIC_API_KEY = "another"
    async_to_sync(sync_if_due)()

    assert len(upstream.listings) == 2


@pytest.mark.django_db(transaction=True)
async def test_a_process_asks_soon_after_its_start_and_hears_of_changes(upstream: Upstream) -> None:

    async def opus_is_gone() -> bool:
        return all(card.id != "claude-opus-5-5" for card in catalogue.offered())

    await keeper.start(asks_api=True)
    try:
        await until(ClaudeModel.objects.aexists)
        await ClaudeModel.objects.filter(pk="claude-opus-5-5").aupdate(offered=False)
        topics.roster_changes.deliver(1)  # as when another process has published it
        await until(opus_is_gone)
    finally:
        await keeper.stop()


@pytest.mark.django_db(transaction=True)
async def test_a_process_that_takes_no_turns_does_not_ask(upstream: Upstream) -> None:
    await keeper.start(asks_api=False)
    await asyncio.sleep(0)
    await keeper.stop()

    assert upstream.listings == []
