"""Chores are done by one process, and one that breaks holds up no other."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import DatabaseError, connections

from conversations.chores import keeper
from conversations.models import Chore

HOUR = timedelta(hours=1)


@pytest.fixture
def quick() -> Iterator[None]:
    before, keeper.LOOK_EVERY_S = keeper.LOOK_EVERY_S, 0.001
    yield
    keeper.LOOK_EVERY_S = before


@pytest.mark.django_db(transaction=True)
def test_of_many_processes_one_takes_a_chore() -> None:
    at_once = Barrier(4)

    def process(_: int) -> bool:
        at_once.wait()
        try:
            return Chore.objects.take("sweeping", hold=HOUR)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as processes:
        assert sorted(processes.map(process, range(4))) == [False, False, False, True]
    assert Chore.objects.take("another", hold=HOUR)


@pytest.mark.parametrize("error", [DatabaseError, ValueError])
async def test_a_chore_that_breaks_is_looked_at_again_and_holds_up_no_other(
    quick: None, error: type[Exception]
) -> None:
    looked, all_looked = {"broken": 0, "sound": 0}, asyncio.Event()

    async def broken() -> None:
        looked["broken"] += 1
        raise error

    async def sound() -> None:
        looked["sound"] += 1
        if min(looked.values()) >= 2:
            all_looked.set()

    keeper.start(broken, sound)
    await asyncio.wait_for(all_looked.wait(), 30)
    await keeper.stop()
