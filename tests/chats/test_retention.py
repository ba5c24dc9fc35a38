"""Retention: chats that are silent for longer than they are kept go for good, and nothing else does."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.core.management import call_command
from django.db import connections
from django.db.models import Sum
from django.test import Client
from django.utils import timezone

from conversations.models import (
    Attachment,
    AuditEntry,
    Chore,
    Conversation,
    Draft,
    Message,
    PeopleGroup,
    Rollup,
    UsageEntry,
    User,
)
from conversations.models.audit import Deed
from conversations.retention.expire import AT_ONCE, expire, expire_if_due
from conversations.search.find import find
from conversations.usage import rollups
from tests.refusals.declining import answered, asked
from tests.turns.picturing import stored
from tests.web.test_drafts import writing


def chat_of(person: User, *, days: float, **facts: Any) -> Conversation:
    """One whose last question is so many days old."""
    chat = Conversation.objects.create(owner=person, model="x", **facts)
    return silent_for(chat, days)


def silent_for(chat: Conversation, days: float) -> Conversation:
    Conversation.objects.filter(pk=chat.pk).update(active_at=timezone.now() - timedelta(days=days))
    return chat


def put_into_group(person: User, retention_days: int | None) -> None:
    person.group = PeopleGroup.objects.create(name=f"kept for {retention_days}", retention_days=retention_days)
    person.save()


def kept() -> set[Conversation]:
    return set(Conversation.objects.all())


def test_nothing_ever_goes_where_nobody_said_so(alice: User) -> None:
    old = chat_of(alice, days=9999)

    assert (expire(), kept()) == (0, {old})


def test_what_is_older_goes_and_what_is_younger_stays(alice: User, ben: User, settings: Any) -> None:
    settings.RETENTION_DAYS = 30
    for person in (alice, ben):
        chat_of(person, days=30.1)
    young = {chat_of(person, days=29.9) for person in (alice, ben)}

    assert (expire(), kept()) == (2, young)
    assert (expire(), kept()) == (0, young)


def test_pinned_archived_and_deleted_chats_are_no_exception(alice: User, settings: Any) -> None:
    settings.RETENTION_DAYS = 30
    for fact in ("pinned_at", "archived_at", "deleted_at"):
        chat_of(alice, days=31, **{fact: timezone.now()})

    assert (expire(), kept()) == (3, set())


@pytest.mark.parametrize(
    ("of_site", "of_group", "age_days", "stays"),
    [
        (30, 7, 8, False),
        (30, 90, 89, True),
        (30, 90, 91, False),
        (30, None, 29, True),
        (30, None, 31, False),
        (30, 0, 9999, True),
        (0, 7, 8, False),
        (0, None, 9999, True),
    ],
)
def test_a_groups_own_number_counts_before_the_sites(
    alice: User, settings: Any, of_site: int, of_group: int | None, age_days: int, stays: bool
) -> None:
    settings.RETENTION_DAYS = of_site
    put_into_group(alice, of_group)
    chat_of(alice, days=age_days)

    expire()

    assert bool(kept()) == stays


def test_a_groups_number_is_for_its_people_alone(alice: User, ben: User) -> None:
    put_into_group(alice, 7)
    chat_of(alice, days=8)
    others = chat_of(ben, days=8)

    assert (expire(), kept()) == (1, {others})


def test_a_chat_with_an_answer_under_way_stays_until_that_is_over(alice_client: Client, settings: Any) -> None:
    settings.RETENTION_DAYS = 30
    turn = asked(alice_client)
    silent_for(turn.conversation, 31)

    assert (expire(), kept()) == (0, {turn.conversation})

    answered(turn)
    assert (expire(), kept()) == (1, set())


def test_words_files_and_drafts_go_with_it_and_the_ledger_stays_as_it_was(
    alice: User, alice_client: Client, media: Path, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.RETENTION_DAYS = 30
    turn = answered(asked(alice_client, "What is this?", attachments=str(stored(alice).pk)))
    draft = writing("And this?", attachments=[str(stored(alice, b"another picture").pk)])
    assert alice_client.post(f"/c/{turn.conversation_id}/draft/", draft).status_code == 204
    silent_for(turn.conversation, 31)
    assert find(alice, "drowned")
    assert len([path for path in media.rglob("*") if path.is_file()]) == 2
    before = sums()

    with django_capture_on_commit_callbacks(execute=True):
        assert expire() == 1

    for gone in (Conversation, Message, Attachment, Draft):
        assert not gone.objects.exists()
    assert [path for path in media.rglob("*") if path.is_file()] == []
    assert not find(alice, "drowned")
    assert sums() == before
    assert rollups.are_in_step()
    assert UsageEntry.objects.get().person == alice


def sums() -> tuple[Any, ...]:
    booked = UsageEntry.objects.aggregate(Sum("cost_usd"), Sum("input_tokens"), Sum("output_tokens"))
    return booked, Rollup.objects.aggregate(Sum("requests"), Sum("cost"))


def test_the_audit_log_says_how_many_and_nothing_of_whose(alice: User, settings: Any) -> None:
    settings.RETENTION_DAYS = 30
    for _ in range(3):
        chat_of(alice, days=31)

    expire()
    expire()

    entry = AuditEntry.objects.get()
    told = (entry.deed, entry.object_type, entry.object_id, entry.person_id, entry.facts)
    assert told == (Deed.DELETED, "conversations.conversation", "", None, {"chats past their retention": 3})


def test_the_sweep_tells_how_many(alice: User, settings: Any) -> None:
    settings.RETENTION_DAYS = 30
    chat_of(alice, days=31)
    out = io.StringIO()

    call_command("sweep", stdout=out)

    assert "outlived    1 erased" in out.getvalue()
    assert kept() == set()


@pytest.mark.django_db(transaction=True)
async def test_the_site_looks_once_a_day(settings: Any, alice: User) -> None:
    settings.RETENTION_DAYS = 30
    many = database_sync_to_async(many_silent)
    await many(alice, AT_ONCE + 1)

    await expire_if_due()
    assert not await Conversation.objects.aexists()

    await many(alice, 1)
    await expire_if_due()
    assert await Conversation.objects.acount() == 1

    await Chore.objects.filter(pk="retention").aupdate(due_at=timezone.now() - timedelta(seconds=1))
    await expire_if_due()
    assert not await Conversation.objects.aexists()


@pytest.mark.django_db(transaction=True)
def test_several_processes_at_once_erase_each_chat_once(alice: User, settings: Any) -> None:
    settings.RETENTION_DAYS = 30
    chats = 2 * AT_ONCE + 20
    many_silent(alice, chats)
    at_once = Barrier(4)

    def process(_: int) -> int:
        at_once.wait()
        try:
            return expire()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as processes:
        gone = sum(processes.map(process, range(4)))

    assert (gone, kept()) == (chats, set())
    assert sum(entry.facts["chats past their retention"] for entry in AuditEntry.objects.all()) == chats


def many_silent(person: User, count: int) -> None:
    Conversation.objects.bulk_create(Conversation(owner=person, model="x") for _ in range(count))
    Conversation.objects.update(active_at=timezone.now() - timedelta(days=31))
