"""News within a process."""

import asyncio

from conversations.wire.hub import Topic
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
