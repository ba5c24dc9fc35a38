"""News between processes, and what becomes of them when Redis goes away."""

import asyncio
from typing import Any

import pytest

from conversations.wire import bridge as bridges
from conversations.wire.hub import Listener, Topic
from tests.redis import RedisServer
from tests.wire.conftest import Join

PATIENCE_S = 20


async def heard(listener: Listener[int]) -> int:
    """The next number; doubts before it are passed over."""
    async with asyncio.timeout(PATIENCE_S):
        while (news := await listener.next()) is None:
            pass
        return news


async def until_cut(topic: Topic[int], *, is_cut: bool) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while topic.is_cut is not is_cut:  # noqa: ASYNC110  (a change of a flag wakes nobody)
            await asyncio.sleep(0.01)


async def test_news_reach_the_other_process_and_come_once_to_ones_own(join: Join) -> None:
    here, there = await join(), await join()
    own, others = here.topic.listen("fjord"), there.topic.listen("fjord")

    here.topic.publish(1, key="fjord")
    assert await heard(others) == 1
    there.topic.publish(2, key="fjord")

    assert [await heard(own), await heard(own)] == [1, 2]


async def test_news_of_a_thread_arrive_in_their_order(join: Join) -> None:
    here, there = await join(), await join()
    listener = there.topic.listen("fjord")

    def publish() -> None:
        for number in range(200):
            here.topic.publish(number, key="fjord")

    await asyncio.to_thread(publish)

    assert [await heard(listener) for _ in range(200)] == list(range(200))


async def test_another_database_of_the_same_redis_is_another_site(join: Join, redis: RedisServer) -> None:
    here, there = await join(), await join()
    elsewhere = await join(redis.url.removesuffix("0") + "1")
    foreign, own = elsewhere.topic.listen("fjord"), there.topic.listen("fjord")

    here.topic.publish(1, key="fjord")
    await heard(own)
    elsewhere.topic.publish(2, key="fjord")

    assert await heard(foreign) == 2


async def test_without_redis_a_process_starts_and_joins_later(join: Join, redis: RedisServer) -> None:
    redis.stop()
    here, there = await join(), await join()
    own = here.topic.listen("fjord")

    assert here.topic.is_cut
    here.topic.publish(1, key="fjord")
    assert await heard(own) == 1

    redis.start()
    await until_cut(here.topic, is_cut=False)
    await until_cut(there.topic, is_cut=False)
    others = there.topic.listen("fjord")
    here.topic.publish(2, key="fjord")
    assert await heard(others) == 2


async def test_when_redis_restarts_listeners_are_told_to_look_and_hear_again(join: Join, redis: RedisServer) -> None:
    here, there = await join(), await join()
    others = there.topic.listen("fjord")

    redis.stop()
    assert await others.next() is None
    assert there.topic.is_cut
    here.topic.publish(1, key="fjord")  # lost, and nobody waits for it
    redis.start()
    assert await others.next() is None
    await until_cut(here.topic, is_cut=False)

    here.topic.publish(2, key="fjord")
    assert await heard(others) == 2


async def test_an_emptied_redis_changes_nothing(join: Join, redis: RedisServer) -> None:
    here, there = await join(), await join()
    others = there.topic.listen("fjord")

    assert redis.command("FLUSHALL") == b"+OK\r\n"
    here.topic.publish(1, key="fjord")

    assert await others.next() == 1


async def test_a_redis_that_stands_still_is_noticed_and_delays_nobody(
    join: Join, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridges, "SILENCE_S", 0.2)
    here, there = await join(), await join()
    own, others = here.topic.listen("fjord"), there.topic.listen("fjord")

    redis.freeze()
    here.topic.publish(1, key="fjord")
    assert await heard(own) == 1
    await until_cut(here.topic, is_cut=True)
    await until_cut(there.topic, is_cut=True)

    redis.thaw()
    await until_cut(here.topic, is_cut=False)
    await until_cut(there.topic, is_cut=False)
    here.topic.publish(2, key="fjord")
    assert await heard(others) == 2


async def test_a_quiet_subscription_stays(join: Join, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library would end one that heard nothing for its socket's time-out."""
    monkeypatch.setattr(bridges, "SILENCE_S", 0.1)
    here, there = await join(), await join()
    others = there.topic.listen("fjord")

    assert await others.next_within(0.5) is None  # four times as long
    assert not there.topic.is_cut

    here.topic.publish(1, key="fjord")
    assert await others.next() == 1


async def test_news_that_nobody_understands_make_listeners_look(join: Join, redis: RedisServer) -> None:
    there = await join()
    others = there.topic.listen("fjord")

    redis.command("PUBLISH chatsite:0:numbers 12345678[[nonsense")

    async with asyncio.timeout(PATIENCE_S):
        assert await others.next() is None
    assert not there.topic.is_cut


async def test_the_last_news_of_a_process_still_go_out(join: Join) -> None:
    here, there = await join(), await join()
    others = there.topic.listen("fjord")

    here.topic.publish(1, key="fjord")
    await here.bridge.close()

    assert await heard(others) == 1


async def test_it_can_be_asked_whether_redis_answers(redis: RedisServer) -> None:
    assert await bridges.is_reachable(redis.url)
    redis.stop()
    assert not await bridges.is_reachable(redis.url)


async def test_when_redis_takes_nothing_the_oldest_news_are_dropped(monkeypatch: Any) -> None:
    from conversations.wire import outbox

    monkeypatch.setattr(outbox, "QUEUE_BYTES", 100)
    box = outbox.Outbox()
    box.put(b"numbers", "fjord", 0)
    box.open()
    for number in range(1000):
        box.put(b"numbers", "fjord", number)

    ((channel, news),) = await box.take()

    assert channel == b"numbers"
    assert len(news) <= 110
    assert news.startswith(b'[["fjord",99')
    assert news.endswith(b'["fjord",999]]')
