"""Projects: begun, filled, asked in, and chats moved into them by keyboard."""

import re

import pytest
from playwright.async_api import FilePayload, expect

from tests.browser.conftest import OpenWindow
from tests.browser.test_attachments import png
from tests.browser.window import Window

FITS = "document.scrollingElement.scrollWidth <= document.documentElement.clientWidth"
EMPTY: FilePayload = {"name": "empty.txt", "mimeType": "text/plain", "buffer": b""}


async def begun(window: Window, name: str) -> str:
    """The address of a new project, which is then open."""
    await window.page.goto("/projects/")
    await window.page.get_by_label("Name", exact=True).fill(name)
    await window.page.get_by_role("button", name="Begin project").click()
    await expect(window.page.locator("#heading")).to_have_text(name)
    return window.page.url


async def test_a_project_is_begun_filled_and_asked_in(alice: Window) -> None:
    await alice.page.get_by_role("link", name="Projects", exact=True).click()
    project = await begun(alice, "Garden of the north")
    await alice.page.get_by_label("Instructions").fill("Not saved yet.")
    await alice.page.get_by_label("Files to add").set_input_files([png("bed.png"), EMPTY])
    alice.tolerate("status of 422")
    await alice.page.get_by_role("button", name="Add files").click()
    await expect(alice.page.get_by_role("alert")).to_have_text("empty.txt was not added. It is empty: 0 bytes.")
    await expect(alice.page.locator(".project-file")).to_have_text(re.compile(r"bed\.png"))
    await expect(alice.page.get_by_label("Instructions")).to_have_value("Not saved yet.")

    await alice.page.get_by_role("link", name="New chat in this project").click()
    await alice.ask_and_read("Tell me of saxifrages")

    await expect(alice.page).to_have_url(re.compile(r"/c/[0-9a-f-]{36}/$"))
    link = alice.page.locator("#chat-project").get_by_role("link", name="Garden of the north")
    await link.click()
    await expect(alice.page).to_have_url(project)
    await expect(alice.page.locator(".project__chats")).to_contain_text("Tell me of saxifrages")
    await alice.page.reload()
    await alice.page.get_by_role("button", name="Remove bed.png").click()
    await expect(alice.page.locator(".project-file")).to_have_count(0)
    await expect(alice.page.get_by_role("heading", name="Files")).to_be_focused()


async def test_a_chat_is_moved_by_keyboard_and_the_focus_comes_back(alice: Window) -> None:
    await begun(alice, "Bogs")
    await alice.page.goto("/")
    await alice.ask_and_read("Tell me of sundews")
    await expect(alice.chats.first).to_contain_text("Tell me of sundews")
    opener = alice.page.get_by_role("button", name="Chat menu")
    await opener.focus()
    await alice.page.keyboard.press("Enter")
    await alice.page.get_by_label("Project", exact=True).focus()
    await alice.page.keyboard.type("Bogs")
    await alice.page.keyboard.press("Tab")
    await alice.page.keyboard.press("Enter")

    await expect(alice.page.locator("#chat-project")).to_contain_text("Bogs")
    await expect(opener).to_be_focused()
    await expect(alice.page).to_have_title(re.compile("^Tell me of sundews"))
    await opener.click()
    await alice.page.get_by_label("Project", exact=True).select_option("No project")
    await alice.page.get_by_role("button", name="Move").click()
    await expect(alice.page.locator("#chat-project a")).to_have_count(0)


async def test_a_question_sent_offline_begins_its_chat_in_the_project(alice: Window) -> None:
    project = await begun(alice, "Islands")
    await alice.page.goto(f"{project}new/")
    await alice.ready()
    alice.tolerate("Failed to load resource", "htmx")
    await alice.page.context.set_offline(True)
    await alice.ask("Tell me of skuas")
    await expect(alice.unsent).to_contain_text("Not sent yet")

    await alice.page.context.set_offline(False)

    await alice.ended()
    await expect(alice.page.locator("#chat-project")).to_contain_text("Islands")


async def test_files_that_do_not_reach_the_site_are_told(alice: Window) -> None:
    await begun(alice, "Harbours")
    alice.tolerate("Failed to load resource", "htmx")
    await alice.page.get_by_label("Files to add").set_input_files(png())
    await alice.page.context.set_offline(True)

    await alice.page.get_by_role("button", name="Add files").click()

    await expect(alice.page.get_by_role("alert").get_by_text("the site cannot be reached")).to_be_visible()
    await alice.page.context.set_offline(False)


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_its_pages_have_no_violations_and_fit_a_phone(open_window: OpenWindow, theme: str) -> None:
    phone = await open_window("ben", path="/projects/", viewport={"width": 390, "height": 800}, color_scheme=theme)
    assert await phone.axe_violations() == []
    project = await begun(phone, f"Donaudampfschifffahrtsgesellschaftskapitänsmützen {theme}")
    await phone.page.get_by_label("Files to add").set_input_files(png("a name that goes on and on and on.png"))
    await phone.page.get_by_role("button", name="Add files").click()
    await expect(phone.page.locator(".project-file")).to_have_count(1)
    await phone.page.get_by_text("Delete this project").click()
    for page in (project, "/projects/", f"{project}new/"):
        if page != project:
            await phone.page.goto(page)
        assert await phone.axe_violations() == []
        assert await phone.page.evaluate(FITS)
    await phone.ask_and_read("Tell me of caps")
    await expect(phone.page.locator("#chat-project")).to_contain_text("Donau")
    assert await phone.page.evaluate(FITS)
    assert await phone.axe_violations() == []
