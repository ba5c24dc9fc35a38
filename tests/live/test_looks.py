"""Many windows look at the rows: one query for all of them, and each learns of its own alone."""

import asyncio

import pytest
from channels.db import database_sync_to_async

from conversations.live import looks
from conversations.live.looks import Looks, Newest, Window
from conversations.models import Conversation, User
from tests.live.windows import watched_queries

pytestmark = pytest.mark.django_db(transaction=True)


@database_sync_to_async
def conversations_of(person: User, number: int) -> list[Window]:
    made = [Conversation.objects.create(owner=person, model="claude-opus-5-5", revision=n) for n in range(number)]
    return [(person.pk, conversation.pk) for conversation in made]


async def newest(windows: list[Window]) -> list[Newest | None]:
    together = Looks()
    return list(await asyncio.gather(*map(together.newest, windows)))


async def test_each_learns_the_revision_of_its_own(alice: User, ben: User) -> None:
    windows = await conversations_of(alice, 3) + await conversations_of(ben, 2)

    assert await newest(windows) == [(0, False), (1, False), (2, False), (0, False), (1, False)]


async def test_a_stranger_learns_nothing_though_both_look_at_once(alice: User, ben: User) -> None:
    (alices,), (bens,) = await conversations_of(alice, 1), await conversations_of(ben, 1)
    strangers = (ben.pk, alices[1])

    assert await newest([alices, strangers, bens]) == [(0, False), None, (0, False)]


async def test_three_hundred_windows_cost_two_queries(alice: User) -> None:
    windows = await conversations_of(alice, 300)

    async with watched_queries() as seen:
        assert len(await newest(windows)) == 300

    assert len(seen) == 2


async def test_while_the_database_is_away_they_wait(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "TRY_AGAIN_S", 0.01)
    windows = await conversations_of(alice, 2)

    async with watched_queries(lost=2) as seen:
        assert await newest(windows) == [(0, False), (1, False)]

    assert len(seen) == 3
