"""A question that finds the site's disk full waits in the page, and goes out by itself when there is room again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.scenes import asked
from tests.browser.site import Site
from tests.small_disk import SmallDisk, small_disk
from tests.upstream import Upstream

MIB = 24


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", mebibytes=MIB) as disk:
        yield disk


@pytest.fixture
def small_site(disk: SmallDisk, upstream: Upstream) -> Iterator[Site]:
    site = Site(disk.folder, upstream.base_url)
    site.seed()
    site.start()
    yield site
    site.stop()


async def test_the_page_says_so_and_goes_on(
    small_site: Site, open_window: OpenWindow, disk: SmallDisk, upstream: Upstream
) -> None:
    alice = await open_window("alice", at=small_site)
    alice.tolerate("status of 503", "Status Error Code 503", "htmx:responseError")
    await alice.ask_and_read("Before the disk is full")

    disk.fill()
    await alice.ask("While the disk is full")
    await expect(alice.unsent).to_contain_text("While the disk is full")
    await expect(alice.unsent).to_contain_text("the site cannot take it just now. It goes out by itself.")
    await expect(alice.answers).to_have_count(1)

    disk.make_room()
    await expect(alice.answers).to_have_count(2)
    await alice.ended()
    await expect(alice.unsent).to_have_count(0)
    await expect(alice.answer).to_have_attribute("data-state", "complete")
    assert sum(map(asked("While the disk is full"), upstream.requests)) == 1
