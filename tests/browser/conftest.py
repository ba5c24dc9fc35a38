"""One site, one browser, one scripted upstream for all browser tests; a fresh context for each window."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from itertools import count
from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.browser.site import Site
from tests.browser.window import Window, window_in
from tests.machine import CHROMIUM_ARGUMENTS, find_chromium, require
from tests.upstream import Upstream, running_upstream

OpenWindow = Callable[..., Awaitable[Window]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    path = find_chromium()
    require(bool(path), "Chromium", "apt-get install chromium, or put google-chrome on the PATH")
    expect.set_options(timeout=20_000)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def upstream() -> Iterator[Upstream]:
    """The Claude of all browser tests; script replies for your own questions only, with `when`."""
    with running_upstream() as running:
        yield running


@pytest.fixture(scope="session")
def site(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"), upstream.base_url)
    site.seed()
    site.start()
    yield site
    assert site.stop() == 0


@pytest.fixture
async def open_window(chromium: Browser, site: Site) -> AsyncIterator[OpenWindow]:
    """Open a window: of `person`, or signed out; further words go to the browser's context, such as `color_scheme`."""
    opened = count()
    async with AsyncExitStack() as windows:

        async def open_one(person: str = "", *, path: str = "/", at: Site = site, **options: Any) -> Window:
            viewport = {"width": 1280, "height": 800}
            context = await chromium.new_context(**{"base_url": at.url, "viewport": viewport} | options)
            windows.push_async_callback(context.close)
            if person:
                await context.add_cookies([{"name": "sessionid", "value": at.sessions[person], "url": at.url}])
            window = await windows.enter_async_context(window_in(context))
            if next(opened) == 0:
                site.forget_drafts()  # as late as can be: what a window of the last test saved may still be on its way
            await window.page.goto(path)
            return window

        yield open_one


@pytest.fixture
async def alice(open_window: OpenWindow) -> Window:
    return await open_window("alice")


@pytest.fixture
async def ben(open_window: OpenWindow) -> Window:
    return await open_window("ben")


@pytest.fixture
async def cleo(open_window: OpenWindow) -> Window:
    return await open_window("cleo")
