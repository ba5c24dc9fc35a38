"""News within a process."""

import asyncio

from conversations.wire.hub import WAITING_BYTES, Topic
from tests.wire.conftest import read_number


async def test_whoever_listens_hears_what_is_published_in_its_order() -> None:
    topic: Topic[int] = Topic("numbers", read=read_number)
    ones, others = topic.listen("one"), topic.listen("other")

    topic.publish(1, key="one")
    await asyncio.to_thread(topic.publish, 2, key="one")

    assert [await ones.next(), await ones.next()] == [1, 2]
    assert await others.next_within(0) is None


async def test_whoever_left_hears_nothing() -> None:
    topic: Topic[int] = Topic("numbers", read=read_number)
    listener = topic.listen()
    topic.leave(listener)

    topic.publish(1)

    assert await listener.next_within(0) is None


async def test_doubt_reaches_everybody() -> None:
    topic: Topic[int] = Topic("numbers", read=read_number)
    ones, others = topic.listen("one"), topic.listen("other")

    topic.doubt()

    assert await ones.next() is None
    assert await others.next() is None


async def test_whoever_does_not_take_their_news_loses_them_and_is_told() -> None:
    lost = []
    topic: Topic[str] = Topic("words", read=lambda key, news: (key, news))
    slow, quick = topic.listen(on_overflow=lambda: lost.append("slow")), topic.listen()

    for _ in range(15):
        topic.publish("x" * (WAITING_BYTES // 10))
        assert await quick.next() is not None

    assert set(lost) == {"slow"}
    assert await slow.next() is None  # and then what came since
    assert await slow.next() is not None


async def test_one_long_piece_of_news_is_not_lost() -> None:
    topic: Topic[str] = Topic("words", read=lambda key, news: (key, news))
    listener = topic.listen()

    topic.publish("x" * 2 * WAITING_BYTES)

    assert await listener.next() is not None
