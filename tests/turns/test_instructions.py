"""What Claude is told before a chat: the site's wishes, then the person's own, from the next question on."""

import logging
from typing import Any

import pytest

from conversations.models import OwnInstructions, SiteInstructions, User
from conversations.turns.context import OF_THE_PERSON, OF_THE_SITE, SYSTEM
from conversations.turns.worker import Worker
from tests.turns.conversing import ask, ended, until
from tests.upstream import Upstream

pytestmark = pytest.mark.django_db(transaction=True)


def system_of(upstream: Upstream) -> list[str]:
    """The texts of the newest request's system prompt."""
    return [block["text"] for block in upstream.requests[-1].body["system"]]


async def test_without_any_there_is_the_sites_own_prompt_alone(alice: User, upstream: Upstream, worker: Worker) -> None:
    await ended(await ask(alice))

    assert system_of(upstream) == [SYSTEM]


async def test_the_sites_come_first_and_the_persons_stand_behind_them_exactly_as_written(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    await SiteInstructions.objects.acreate(text="Mind the house.")
    await OwnInstructions.objects.acreate(person=alice, text='<b>"I" & you</b>\n\tBe brief.')

    await ended(await ask(alice))

    assert system_of(upstream) == [
        f"{SYSTEM}\n\n{OF_THE_SITE}\n\nMind the house.",
        f'{OF_THE_PERSON}\n\n<b>"I" & you</b>\n\tBe brief.',
    ]


async def test_a_strangers_instructions_are_not_told(
    alice: User, ben: User, upstream: Upstream, worker: Worker
) -> None:
    await OwnInstructions.objects.acreate(person=ben, text="Be brief.")

    await ended(await ask(alice))

    assert system_of(upstream) == [SYSTEM]


async def test_a_change_counts_from_the_next_question_on(alice: User, upstream: Upstream, worker: Worker) -> None:
    own = await OwnInstructions.objects.acreate(person=alice, text="Be brief.")
    first = await ended(await ask(alice))
    assert system_of(upstream)[1].endswith("Be brief.")

    await OwnInstructions.objects.filter(pk=own.pk).aupdate(text="Be long.")
    await ended(await ask(alice, "And a bay?", first.conversation))
    assert system_of(upstream)[1].endswith("Be long.")

    await own.adelete()
    await ended(await ask(alice, "And a gulf?", first.conversation))
    assert system_of(upstream) == [SYSTEM]


async def test_the_newest_wording_of_the_site_counts_and_an_empty_one_ends_it(
    alice: User, upstream: Upstream, worker: Worker
) -> None:
    for wording in ("Mind the house.", "Mind the garden."):
        await SiteInstructions.objects.acreate(text=wording)
    await ended(await ask(alice))
    assert system_of(upstream)[0].endswith("Mind the garden.")

    await SiteInstructions.objects.acreate(text="")
    await ended(await ask(alice))
    assert system_of(upstream) == [SYSTEM]


async def test_what_is_the_same_for_everyone_is_the_same_bytes(
    alice: User, ben: User, upstream: Upstream, worker: Worker
) -> None:
    """So that all read one entry of the cache; long instructions get a breakpoint of their own each."""
    await SiteInstructions.objects.acreate(text="Mind the house. " * 100)
    for person in (alice, ben):
        await OwnInstructions.objects.acreate(person=person, text=f"I am {person.username}.")
        await ended(await ask(person))

    one, other = (request.raw_body.split(b'"text":"Instructions of the person')[0] for request in upstream.requests)
    marks: list[Any] = [block.get("cache_control") for block in upstream.requests[0].body["system"]]
    assert marks == [{"type": "ephemeral", "ttl": "1h"}] * 2
    assert one[one.index(b'"system"') :] == other[other.index(b'"system"') :]


async def test_no_log_line_holds_them(
    alice: User, upstream: Upstream, worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await OwnInstructions.objects.acreate(person=alice, text="swordfish")

    await ended(await ask(alice))

    async def is_told() -> bool:
        return any("turn ended" in record.message for record in caplog.records)

    await until(is_told)  # the row comes first
    ours = [record for record in caplog.records if record.name.startswith(("conversations", "django.request"))]
    assert not any("swordfish" in str(vars(record)) for record in ours)
