"""The site stays within the API's limits: what has no room waits in the line, and nobody's question fails for it."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from channels.db import database_sync_to_async
from django.db.models.functions import Now
from django.test import Client

from conversations.claude.allowance import Bucket
from conversations.claude.events import AllowanceTold
from conversations.models import Allowance, State, Turn, TurnStatus, UsageEntry, User
from conversations.turns.governor import News, note
from conversations.turns.places import tell_places
from conversations.turns.start import Sending, start_turn
from conversations.turns.worker import Worker, claim_next
from tests.live.windows import window
from tests.turns.conversing import MODEL, PATIENCE_S, ask, attempts_of, ended, sending, stop, until
from tests.upstream import Reply, Upstream
from tests.upstream.limits import Limits

pytestmark = pytest.mark.django_db(transaction=True)

OTHER = "claude-sonnet-5-5"


def queued(person: User, questions: int = 1, model: str = MODEL) -> list[int]:
    def one() -> int:
        sent = sending()
        return start_turn(person, Sending(sent.client_id, sent.text, model), None).pk

    return [one() for _ in range(questions)]


def told(left: int, *, limit: int = 60, model: str = MODEL, name: str = "requests", **more: Bucket) -> AllowanceTold:
    """As of now; one more a second."""
    return AllowanceTold(model, datetime.now(UTC), {name: Bucket(limit, left, float(limit - left)), **more})


def claimed() -> list[int]:
    found: list[int] = []
    while taken := list(claim_next(16)):
        found += taken
    return found


def test_no_more_is_claimed_than_there_is_room_for(alice: User, upstream: Upstream) -> None:
    line = queued(alice, 8)
    note(told(3))

    assert claimed() == line[:3]


def test_without_any_limit_everything_is_claimed(alice: User, upstream: Upstream) -> None:
    line = queued(alice, 8)

    assert claimed() == line


def test_a_model_without_room_does_not_hold_up_the_others(alice: User, upstream: Upstream) -> None:
    queued(alice, 40)
    others = queued(alice, 2, OTHER)
    note(told(0))

    assert claimed() == others


def test_what_has_room_goes_to_the_people_in_turn(alice: User, ben: User, upstream: Upstream) -> None:
    alices, bens = queued(alice, 5), queued(ben, 2)
    note(told(4))

    assert claimed() == [alices[0], bens[0], alices[1], bens[1]]


def test_room_comes_back_with_time(alice: User, upstream: Upstream) -> None:
    line = queued(alice, 8)
    note(told(0))
    assert not claimed()

    Allowance.objects.update(told_at=Now() - timedelta(seconds=5.5))

    assert claimed() == line[:5]


def test_tokens_are_counted_as_the_newest_requests_used_them(alice: User, upstream: Upstream) -> None:
    line = queued(alice, 8)
    for read in (900, 1100):
        UsageEntry.objects.create(person=alice, asked_model=MODEL, input_tokens=read, cache_read_tokens=50_000)
    note(told(3500, limit=10_000, name="input-tokens"))

    assert claimed() == line[:3]


def test_what_runs_is_still_to_be_written(alice: User, upstream: Upstream) -> None:
    line = queued(alice, 8)
    UsageEntry.objects.create(person=alice, asked_model=MODEL, output_tokens=1000)
    note(told(3100, limit=10_000, name="output-tokens"))

    assert claim_next(8).keys() == set(line[:3])
    assert not claimed()


def test_older_news_do_not_count(alice: User, upstream: Upstream) -> None:
    queued(alice, 3)
    note(told(0))
    note(replace(told(50), asked_at=datetime.now(UTC) - timedelta(seconds=1)))

    assert not claimed()


def test_another_access_has_other_limits(alice: User, upstream: Upstream, settings: Any) -> None:
    line = queued(alice, 3)
    note(told(0))
    settings.ANTHROPIC_API_KEY = "another-key"

    assert claimed() == line


def test_far_from_a_limit_hardly_anything_is_written() -> None:
    news = News()

    assert [news.is_worth(told(left)) for left in (59, 58, 57)] == [True, False, False]
    assert news.is_worth(told(59, model=OTHER))
    assert [news.is_worth(told(left)) for left in (29, 28)] == [True, True]


async def test_who_was_asked_too_much_rests_for_everybody_and_the_turn_keeps_its_place(
    alice: User, ben: User, upstream: Upstream, worker: Worker
) -> None:
    upstream.script(Reply.error(429, "rate_limit_error", retry_after="1"))
    first = await ask(alice)

    async def is_back() -> bool:
        return (await Turn.objects.aget(pk=first.pk)).attempt == 2

    await until(is_back)
    assert len(upstream.requests) == 1
    second = await ask(ben)

    answers = [(await ended(turn)).answer for turn in (first, second)]

    assert [answer.state for answer in answers] == [State.COMPLETE] * 2
    assert len(upstream.requests) == 3
    assert [(entry.attempt, entry.reason) for entry in await attempts_of(first)] == [(1, "rate_limited"), (2, "")]
    first, second = [await Turn.objects.aget(pk=turn.pk) for turn in (first, second)]
    assert first.started_at <= second.started_at  # type: ignore[operator]  # both have started


@pytest.mark.parametrize(("attempt", "words"), [(1, "Asking in"), (2, "Trying again in")])
def test_a_question_without_room_is_told_when_it_is_asked_or_asked_again(
    alice: User, alice_client: Client, upstream: Upstream, attempt: int, words: str
) -> None:
    (turn_id,) = queued(alice)
    Turn.objects.filter(pk=turn_id).update(attempt=attempt)
    note(AllowanceTold(MODEL, datetime.now(UTC), {"requests": Bucket(6, 0, 60.0)}))  # one more in ten seconds

    seen: frozenset[int] = frozenset()
    for _ in range(2):
        seen = tell_places(UUID(int=1), seen, takes_turns=True)

    turn = Turn.objects.get(pk=turn_id)
    page = alice_client.get(f"/c/{turn.conversation_id}/").content.decode()
    assert re.search(rf"Claude is busy\. <count-down [^>]*>{words} \d+ s<", page)


async def test_a_turn_that_was_put_back_can_be_stopped(alice: User, upstream: Upstream, worker: Worker) -> None:
    upstream.script(Reply.error(429, "rate_limit_error", retry_after="60"))
    turn = await ask(alice)
    async with window(alice, turn.conversation_id) as live:
        await live.frame_with("<count-down")

    assert await stop(turn)

    assert (await ended(turn)).status == TurnStatus.STOPPED
    assert len(upstream.requests) == 1


async def test_a_rest_that_is_longer_than_anybody_waits_is_a_failure(
    alice: User, upstream: Upstream, worker: Worker, settings: Any
) -> None:
    settings.TURN_QUEUE_S = 10
    upstream.script(Reply.error(429, "rate_limit_error", retry_after="11"))

    turn = await ended(await ask(alice))

    assert (turn.status, turn.answer.reason) == (TurnStatus.FAILED, "rate_limited")
    assert "Try again in 11 seconds." in turn.answer.advice


async def test_a_burst_is_answered_as_fast_as_the_limits_allow(
    alice: User, ben: User, upstream: Upstream, worker: Worker
) -> None:
    limits = upstream.otherwise = Limits(requests=180, window_s=60)

    await database_sync_to_async(ask_in_turns)([alice, ben], 200)
    await all_ended()

    assert await Turn.objects.filter(status=TurnStatus.COMPLETE).acount() == 200
    assert len(limits.accepted) == 200
    assert limits.unused_share <= 0.1


@pytest.mark.parametrize("limit", [{"output_tokens": 800}, {"input_tokens": 25_000}])
async def test_a_burst_beyond_the_limits_of_tokens_fails_for_nobody(
    alice: User, upstream: Upstream, worker: Worker, limit: dict[str, int]
) -> None:
    limits = upstream.otherwise = Limits(requests=1000, window_s=16, **limit)

    await database_sync_to_async(ask_in_turns)([alice], 50)
    await all_ended()

    assert await Turn.objects.filter(status=TurnStatus.COMPLETE).acount() == len(limits.accepted) == 50


async def all_ended() -> None:
    """A busy machine may take long for so many."""
    async with asyncio.timeout(4 * PATIENCE_S):
        while await Turn.objects.active().aexists():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def ask_in_turns(people: Sequence[User], questions: int) -> None:
    for number in range(questions):
        start_turn(people[number % len(people)], sending(), None)
