"""A collection holds up every thread for as long as it walks, so it must not walk all of a long answer's tokens."""

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from conversations.management import memory
from conversations.rendering.markdown import to_html

LIST = "- item **bold** and `code`\n" * 9000
MOST_TO_WALK = 80_000  # objects, some 10 ms; all of them are 130,000


@pytest.fixture
def settled() -> Iterator[None]:
    """As `serve` and `run_turns` are once they have started."""
    before = gc.get_threshold()
    memory.settle()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def test_no_collection_walks_all_of_a_long_list(settled: None) -> None:
    walked: list[int] = []

    def note(phase: str, about: dict[str, int]) -> None:
        if phase == "start":
            walked.append(sum(len(gc.get_objects(generation)) for generation in range(about["generation"] + 1)))

    gc.callbacks.append(note)
    try:
        to_html(LIST)
    finally:
        gc.callbacks.remove(note)

    assert max(walked) < MOST_TO_WALK


class Connection:
    """As those of Twisted: it knows itself, and outlives the younger generations."""

    def __init__(self) -> None:
        self.transport = self


async def test_what_connections_leave_is_cleared_now_and_then(settled: None) -> None:
    connection = Connection()
    gc.collect(1)
    left = weakref.ref(connection)
    del connection
    assert left()

    clearing = asyncio.create_task(memory.clear_now_and_then())
    await asyncio.sleep(0)
    clearing.cancel()

    assert left() is None
