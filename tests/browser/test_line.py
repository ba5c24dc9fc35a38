"""A question in line: its place stands under it and counts down, and whoever does not want to wait stops it."""

from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.scenes import asked, paused
from tests.browser.site import Site
from tests.upstream import Upstream

NEXT = "Claude is busy with other questions. Yours is the next one."
SECOND = "Claude is busy. 1 question is ahead of yours."


@pytest.fixture(scope="module")
def narrow(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site that answers one question at a time."""
    site = Site(tmp_path_factory.mktemp("narrow"), upstream.base_url, {"TURN_CONCURRENCY": "1"})
    site.seed()
    site.start()
    yield site
    assert site.stop() == 0


async def test_the_place_is_shown_counts_down_and_gives_way_to_the_answer(
    open_window: OpenWindow, narrow: Site, upstream: Upstream
) -> None:
    upstream.script(paused("Alice first. ", "alice's turn"), when=asked("Who is first"))
    upstream.script(paused("Ben second. ", "ben's turn"), when=asked("Who is second"))
    alice, ben, cleo = [await open_window(name, at=narrow) for name in ("alice", "ben", "cleo")]
    await alice.ask("Who is first?")
    await expect(alice.answer).to_contain_text("Alice first.")
    await ben.ask("Who is second?")
    await expect(ben.answer).to_contain_text(NEXT)
    await cleo.ask("Who is third?")

    await expect(cleo.answer).to_contain_text(SECOND)
    await expect(cleo.answer.get_by_text("Waiting for Claude")).to_be_hidden()
    await expect(cleo.page.locator("#status")).to_contain_text(SECOND)
    assert await cleo.axe_violations() == []

    upstream.release("alice's turn")
    await expect(ben.answer).to_contain_text("Ben second.")
    await expect(ben.answer).not_to_contain_text("Claude is busy")
    await expect(cleo.answer).to_contain_text(NEXT)
    await cleo.page.reload()
    await expect(cleo.answer).to_contain_text(NEXT)

    upstream.release("ben's turn")
    await cleo.ended()
    await expect(cleo.answer).to_have_attribute("data-state", "complete")
    await expect(cleo.answer).not_to_contain_text("Claude is busy")


async def test_who_stops_while_waiting_is_never_asked_for(
    open_window: OpenWindow, narrow: Site, upstream: Upstream
) -> None:
    upstream.script(paused("A long one. ", "long one"), when=asked("Keep Claude busy"))
    alice, ben = [await open_window(name, at=narrow) for name in ("alice", "ben")]
    await alice.ask("Keep Claude busy")
    await expect(alice.answer).to_contain_text("A long one.")
    await ben.ask("Not worth the wait")
    await expect(ben.answer).to_contain_text(NEXT)

    await ben.stop.click()

    await expect(ben.answer).to_have_attribute("data-state", "stopped")
    await expect(ben.answer).not_to_contain_text(NEXT)
    await expect(ben.send).to_be_visible()
    upstream.release("long one")
    await alice.ended()
    await ben.ask_and_read("This one then")
    await expect(ben.answer).to_have_attribute("data-state", "complete")
    assert not any(map(asked("Not worth the wait"), upstream.requests))
