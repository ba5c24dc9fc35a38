"""A computer whose clock is wrong: the site goes by its own."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenWindow


@pytest.mark.parametrize("off", [timedelta(days=365), timedelta(days=-365)], ids=["ahead", "behind"])
async def test_a_clock_that_is_a_year_off_changes_nothing(open_window: OpenWindow, off: timedelta) -> None:
    alice = await open_window("alice", path="about:blank")
    await alice.page.clock.install(time=datetime.now(UTC) + off)
    await alice.page.goto("/")

    await alice.ask_and_read("What is a fjord?")
    await alice.ask_and_read("And a skerry?")

    await expect(alice.questions.locator(".message__time")).to_have_text(["just now", "just now"])
    await alice.page.reload()
    await expect(alice.questions.locator(".message__body")).to_have_text(["What is a fjord?", "And a skerry?"])
    await expect(alice.questions.locator(".message__time")).to_have_text(["just now", "just now"])
