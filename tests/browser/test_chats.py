"""Renaming, pinning, archiving and deleting a chat from its menu, by keyboard too."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.scenes import asked, paused
from tests.browser.window import Window
from tests.upstream import Upstream


async def menu(window: Window) -> None:
    await window.page.get_by_role("button", name="Chat menu").click()


async def test_a_chat_is_renamed_by_keyboard_and_the_focus_comes_back(alice: Window) -> None:
    await alice.ask_and_read("Tell me of lagoons")
    opener = alice.page.get_by_role("button", name="Chat menu")
    await opener.focus()
    await alice.page.keyboard.press("Enter")
    await alice.page.get_by_label("Name", exact=True).fill("Lagoons of the north")

    await alice.page.keyboard.press("Enter")

    await expect(alice.page.locator("#heading")).to_have_text("Lagoons of the north")
    await expect(alice.chats.first).to_have_text("Lagoons of the north")
    await expect(alice.page).to_have_title(re.compile("^Lagoons of the north"))
    await expect(opener).to_be_focused()


async def test_the_focus_stays_on_the_opener_while_the_list_comes_anew(alice: Window) -> None:
    await alice.ask_and_read("Tell me of kames")
    opener = alice.page.get_by_role("button", name="Chat menu")
    await opener.focus()

    async with alice.page.expect_response("**/sidebar/"):
        await alice.page.evaluate("document.body.dispatchEvent(new Event('looked-at-again'))")

    await expect(alice.chats.first).to_have_text("Tell me of kames")
    await expect(opener).to_be_focused()
    await alice.page.keyboard.press("Enter")
    await expect(alice.page.get_by_label("Name", exact=True)).to_be_visible()


@pytest.mark.parametrize("key", ["Enter", "Escape"])
async def test_a_rename_counts_though_the_list_comes_anew_meanwhile(alice: Window, key: str) -> None:
    await alice.ask_and_read("Tell me of estuaries")
    may_go = await alice.hold("**/rename/")
    await menu(alice)
    await alice.page.get_by_label("Name", exact=True).fill("Where rivers end")
    await alice.page.keyboard.press("Enter")
    if key == "Escape":
        await alice.page.keyboard.press(key)
    async with alice.page.expect_response("**/sidebar/"):
        await alice.page.evaluate("document.body.dispatchEvent(new Event('looked-at-again'))")
    await expect(alice.chats.first).to_have_text("Tell me of estuaries")

    may_go.set()

    await expect(alice.page.locator("#heading")).to_have_text("Where rivers end")
    await expect(alice.chats.first).to_have_text("Where rivers end")
    await expect(alice.page.get_by_label("Name", exact=True)).to_be_hidden()


async def test_a_pinned_chat_is_above_the_days_and_an_archived_one_in_its_own_list(alice: Window) -> None:
    await alice.ask_and_read("Tell me of skerries")
    await expect(alice.chats.first).to_contain_text("Tell me of skerries")
    await menu(alice)
    assert await alice.axe_violations() == []
    await alice.page.get_by_role("button", name="Pin", exact=True).click()
    await expect(alice.page.locator(".day__label").first).to_have_text("Pinned")

    await menu(alice)
    await alice.page.get_by_role("button", name="Archive", exact=True).click()

    await expect(alice.page.locator("#conversations").get_by_text("Tell me of skerries")).to_have_count(0)
    await alice.page.get_by_role("button", name="alice").click()
    await alice.page.get_by_role("link", name="Archived chats").click()
    await alice.page.get_by_role("link", name="Tell me of skerries").click()
    await expect(alice.answer).to_be_visible()


async def test_an_open_menu_stays_when_the_answer_ends(alice: Window, upstream: Upstream) -> None:
    upstream.script(paused("Heaps ", "menu", "of stones."), when=asked("drumlins"))
    await alice.ask("Tell me of drumlins")
    await expect(alice.answer).to_contain_text("Heaps")
    await expect(alice.chats.first).to_contain_text("Tell me of drumlins")
    await menu(alice)
    await alice.page.evaluate("""() => {
      const chats = document.querySelector("#conversations")
      window.refreshed = new Promise((done) => chats.addEventListener("htmx:afterSettle", done, { once: true }))
    }""")

    upstream.release("menu")
    await alice.ended()
    await alice.page.evaluate("() => window.refreshed.then(() => true)")

    await alice.page.get_by_role("button", name="Archive", exact=True).click()
    await expect(alice.page.locator("#conversations").get_by_text("Tell me of drumlins")).to_have_count(0)


async def test_a_deleted_chat_is_gone_and_comes_back_by_undo(alice: Window) -> None:
    await alice.ask_and_read("Tell me of moraines")
    listed = alice.page.locator("#conversations").get_by_text("Tell me of moraines")
    await expect(listed).to_be_visible()

    await menu(alice)
    await alice.page.get_by_role("button", name="Delete", exact=True).click()
    await expect(alice.page.get_by_text("is deleted.")).to_be_visible()
    await expect(listed).to_have_count(0)
    assert await alice.axe_violations() == []
    await alice.page.get_by_role("button", name="Undo").click()

    await expect(alice.answer).to_contain_text("Hello from the upstream.")
    await expect(listed).to_be_visible()
