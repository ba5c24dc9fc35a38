"""Effort and thinking beside the model: offered as the model takes them, kept with the chat, and fit for a phone."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.scenes import asked
from tests.browser.window import Window
from tests.upstream import Upstream


async def test_a_choice_is_sent_and_still_there_after_a_reload(alice: Window, upstream: Upstream) -> None:
    page = alice.page
    await alice.ready()
    await page.get_by_label("Model", exact=True).select_option("claude-haiku-5-5")
    await page.get_by_role("button", name="Effort").click()
    await page.get_by_label("Effort", exact=True).select_option("low")
    await page.get_by_label("Thinking", exact=True).select_option("off")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Effort")).to_have_text("Effort: low")

    await alice.ask_and_read("How hard is low?")

    sent = next(filter(asked("How hard is low?"), upstream.requests)).body
    assert sent["output_config"] == {"effort": "low"}
    assert sent["thinking"] == {"type": "disabled"}
    await page.reload()
    await expect(page.get_by_role("button", name="Effort")).to_have_text("Effort: low")


async def test_only_what_the_model_takes_is_offered(alice: Window) -> None:
    page = alice.page
    await alice.ready()
    await page.get_by_label("Model", exact=True).select_option("claude-haiku-5-5")
    await page.get_by_role("button", name="Effort").click()
    await page.get_by_label("Thinking", exact=True).select_option("off")
    await page.keyboard.press("Escape")

    await page.get_by_label("Model", exact=True).select_option("claude-opus-5-5")  # it always thinks

    await page.get_by_role("button", name="Effort").click()
    await expect(page.get_by_label("Thinking", exact=True)).to_be_disabled()
    await expect(page.get_by_label("Effort", exact=True).locator("option").first).to_have_text(
        "The model's own (medium)"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_fits_a_phone(open_window: OpenWindow, scheme: str) -> None:
    phone = await open_window("alice", viewport={"width": 390, "height": 800}, color_scheme=scheme)
    await phone.ready()

    await phone.page.get_by_role("button", name="Effort").click()

    box = await phone.page.locator("#manner").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert await phone.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert await phone.axe_violations() == []
