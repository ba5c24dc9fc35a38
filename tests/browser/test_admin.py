"""The admin's own pages: for everybody's eyes and hands, in both themes, also on a phone."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenWindow

THEMES = pytest.mark.parametrize("theme", ["light", "dark"])
LISTS = "/admin/conversations"
PAGES = [
    "/admin/",
    *(f"{LISTS}/{name}/" for name in ("alert", "reconciliation", "turn/report", "feedback/report", "turn")),
]
PHONE = {"width": 390, "height": 800}


@THEMES
@pytest.mark.parametrize("path", PAGES)
async def test_its_pages_have_no_violations(open_window: OpenWindow, theme: str, path: str) -> None:
    window = await open_window("cleo", path=path, color_scheme=theme)

    assert await window.axe_violations() == []


@pytest.mark.parametrize("path", PAGES)
async def test_on_a_phone_no_page_is_wider_than_the_screen(open_window: OpenWindow, path: str) -> None:
    phone = await open_window("cleo", path=path, viewport=PHONE)

    assert await phone.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


async def test_the_overview_is_used_by_keyboard_alone(open_window: OpenWindow) -> None:
    window = await open_window("cleo", path="/admin/")
    await window.page.get_by_role("link", name="Skip to main content").focus()
    await window.page.keyboard.press("Enter")
    cost = window.page.get_by_role("link", name="today").first
    for _ in range(10):  # what stands comes before it
        await window.page.keyboard.press("Tab")
        if await window.is_focused(cost):
            break
    await window.page.keyboard.press("Enter")

    await expect(window.page.get_by_role("heading", name="Usage report")).to_be_visible()


async def test_a_test_alert_says_what_came_of_it(open_window: OpenWindow) -> None:
    window = await open_window("cleo", path=f"{LISTS}/alert/")
    await window.page.get_by_role("button", name="Send a test").click()

    await expect(window.page.get_by_text("E-mail is not set up: set EMAIL_URL")).to_be_visible()
