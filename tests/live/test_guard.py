"""Sockets of people who may not watch any more."""

from collections.abc import Callable

import pytest
from channels.db import database_sync_to_async
from django.contrib.sessions.models import Session

from conversations.live import guard
from conversations.models import User
from tests.live.windows import window
from tests.turns.conversing import ask

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "LOOK_EVERY_S", 0.05)


def sign_out(person: User) -> None:
    Session.objects.all().delete()


def deactivate(person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)


def change_password(person: User) -> None:
    person.set_password("another horse, another battery")
    person.save(update_fields=["password"])


@pytest.mark.parametrize("end", [sign_out, deactivate, change_password])
async def test_a_socket_ends_with_the_right_to_it(alice: User, end: Callable[[User], None]) -> None:
    turn = await ask(alice)

    async with window(alice, turn.conversation_id) as alices:
        await alices.frame()
        await database_sync_to_async(end)(alice)

        assert await alices.closed_with() == 4401


async def test_the_sockets_of_others_stay(alice: User, ben: User) -> None:
    alices_turn, bens_turn = await ask(alice), await ask(ben)

    async with window(ben, bens_turn.conversation_id) as bens, window(alice, alices_turn.conversation_id) as alices:
        await bens.frame()
        await alices.frame()
        await database_sync_to_async(deactivate)(ben)

        assert await bens.closed_with() == 4401
        assert await alices.is_quiet()
