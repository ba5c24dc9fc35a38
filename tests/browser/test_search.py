"""Ctrl+K finds a chat by its words and opens it at the message."""

from playwright.async_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.site import Site
from tests.browser.window import Window


async def test_ctrl_k_finds_and_opens_at_the_message_by_keyboard(alice: Window) -> None:
    await alice.ask_and_read("Where do puffins breed?")
    address = alice.page.url
    await alice.page.goto("/")
    await alice.ready()
    await alice.page.keyboard.press("Control+k")
    box = alice.page.get_by_role("searchbox", name="Search your chats")
    await expect(box).to_be_focused()

    await alice.page.keyboard.type("puffins")
    hit = alice.page.locator(".search-dialog .found__link").first
    await expect(hit.locator("mark")).to_have_text("puffins")
    assert await alice.axe_violations() == []
    await alice.page.keyboard.press("Tab")
    await expect(hit).to_be_focused()
    await alice.page.keyboard.press("Enter")

    await expect(alice.questions.first).to_be_in_viewport()
    assert alice.page.url.startswith(f"{address}#message-")


async def test_opening_at_a_message_scrolls_the_thread_and_not_the_page(alice: Window, site: Site) -> None:
    await alice.page.goto("/search/?q=Message+499")
    await alice.page.locator(".sheet .found__link").first.click()

    await expect(alice.page.get_by_text("Message 499 of a long chat")).to_be_in_viewport()
    await alice.ready()
    assert await alice.page.evaluate("scrollY") == 0
    await expect(alice.page.locator("#heading")).to_be_in_viewport()


async def test_escape_closes_it_and_gives_the_focus_back(alice: Window) -> None:
    await alice.ready()
    await alice.text.focus()
    await alice.page.keyboard.press("Control+k")
    await expect(alice.page.locator(".search-dialog")).to_be_visible()

    await alice.page.keyboard.press("Escape")

    await expect(alice.page.locator(".search-dialog")).to_be_hidden()
    await expect(alice.text).to_be_focused()


async def test_an_old_message_of_a_long_chat_is_opened_on_a_phone(open_window: OpenWindow, site: Site) -> None:
    options = {"has_touch": True, "is_mobile": True, "viewport": {"width": 390, "height": 800}}
    phone = await open_window("alice", color_scheme="dark", **options)
    await phone.ready()
    await phone.page.get_by_role("button", name="List of chats").tap()
    await phone.page.get_by_role("link", name="Search").tap()
    await phone.page.keyboard.type("Message 123 of")

    await phone.page.locator(".search-dialog .found__link", has_text="Message 123").tap()

    await expect(phone.page.get_by_text("Message 123 of a long chat")).to_be_in_viewport()
    assert await phone.page.evaluate("scrollY") == 0
    assert await phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
