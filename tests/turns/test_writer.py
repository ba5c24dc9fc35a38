"""The thread in which all running turns write."""

import asyncio
from threading import Event

from conversations.turns.writer import Writer


async def test_words_go_before_whatever_else_waits() -> None:
    writer, may_end, done = Writer(), Event(), list[str]()
    first = asyncio.create_task(writer.run(may_end.wait))
    await asyncio.sleep(0)
    others = [asyncio.create_task(writer.run(done.append, name)) for name in ("a load", "an end")]
    await asyncio.sleep(0)
    words = asyncio.create_task(writer.run_soon(done.append, "words"))
    await asyncio.sleep(0)

    may_end.set()
    await asyncio.gather(first, *others, words)

    assert done == ["words", "a load", "an end"]
    await writer.close()


async def test_who_does_not_wait_any_more_is_passed_over() -> None:
    writer, may_end, done = Writer(), Event(), list[str]()
    first = asyncio.create_task(writer.run(may_end.wait))
    await asyncio.sleep(0)
    given_up = asyncio.create_task(writer.run(done.append, "given up"))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.wait([given_up])
    may_end.set()

    await writer.run(done.append, "next")

    assert first.done()
    assert done == ["next"]
    await writer.close()
