"""By keyboard alone, for a screen reader, in both themes."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.scenes import PAGE, asked, paused
from tests.browser.seed import PASSWORD
from tests.browser.window import Window
from tests.upstream import Reply, Upstream, spoken

THEMES = pytest.mark.parametrize("theme", ["light", "dark"])


async def tab_to(window: Window, name: str) -> None:
    """Press Tab until something with this name has the focus."""
    for _ in range(60):
        await window.page.keyboard.press("Tab")
        focused = await window.page.evaluate(
            """() => {
              const e = document.activeElement
              const label = e.labels?.[0]?.textContent ?? ""
              return `${e.getAttribute("aria-label") ?? ""} ${label} ${e.textContent}`
            }"""
        )
        if name in focused:
            return
    raise AssertionError(f"Tab never came to {name}")


async def test_everything_goes_by_keyboard(open_window: OpenWindow, upstream: Upstream) -> None:
    upstream.script(paused("By keyboard. ", "keyboard-stop"), when=asked("No mouse"))
    window = await open_window(path="/accounts/login/")
    keyboard = window.page.keyboard

    await tab_to(window, "username")
    await keyboard.type("alice")
    await tab_to(window, "Password")
    await keyboard.type(PASSWORD)
    await keyboard.press("Enter")
    await window.ready()
    await expect(window.text).to_be_focused()
    await keyboard.type("No mouse here")
    await keyboard.press("Enter")
    await expect(window.answer).to_contain_text("By keyboard.")
    await tab_to(window, "Stop")
    await keyboard.press("Enter")
    await expect(window.answer).to_have_attribute("data-state", "stopped")
    await expect(window.text).to_be_focused()
    await window.page.reload()
    await expect(window.text).to_be_focused()
    await window.page.evaluate("document.activeElement.blur()")
    await tab_to(window, "Skip to the content")
    await tab_to(window, "New chat")
    await keyboard.press("Enter")

    await expect(window.page).to_have_url(re.compile(r"/$"))
    await expect(window.text).to_be_focused()


async def test_the_focus_is_always_visible(alice: Window) -> None:
    await alice.page.evaluate("document.activeElement.blur()")
    for _ in range(12):
        await alice.page.keyboard.press("Tab")
        ring = await alice.page.evaluate(
            """() => {
              const rings = (element) => {
                const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element)
                return (outlineStyle !== "none" && parseFloat(outlineWidth) >= 1) || boxShadow !== "none"
              }
              const focused = document.activeElement
              if (focused === document.body) return true // after the last one, Tab leaves the page
              const near = [focused, focused.parentElement, focused.closest("form"), focused.nextElementSibling]
              return near.some((element) => element && rings(element)) || focused.outerHTML.slice(0, 200)
            }"""
        )
        assert ring is True, ring


async def test_escape_closes_a_menu_and_returns_the_focus(alice: Window) -> None:
    button = alice.page.get_by_role("button", name="alice")
    await button.focus()
    await alice.page.keyboard.press("Enter")
    await expect(alice.page.locator("#user-menu")).to_be_visible()
    await alice.page.keyboard.press("Tab")

    await alice.page.keyboard.press("Escape")

    await expect(alice.page.locator("#user-menu")).to_be_hidden()
    await expect(button).to_be_focused()


async def test_on_a_phone_the_sidebar_lies_over_the_thread_until_escape(open_window: OpenWindow) -> None:
    phone = await open_window("alice", viewport={"width": 390, "height": 800})
    toggle = phone.page.get_by_role("button", name="List of chats", exact=True)
    await expect(toggle).to_have_attribute("aria-expanded", "false")
    await expect(phone.page.get_by_role("link", name="New chat", exact=True)).not_to_be_in_viewport()

    await toggle.click()
    await expect(phone.page.get_by_role("link", name="New chat", exact=True)).to_be_in_viewport()
    await expect(toggle).to_have_attribute("aria-expanded", "true")
    await phone.page.keyboard.press("Escape")

    await expect(phone.page.get_by_role("link", name="New chat", exact=True)).not_to_be_in_viewport()
    await expect(toggle).to_be_focused()


async def test_a_closed_sidebar_stays_closed(alice: Window) -> None:
    chats = alice.page.locator("nav#conversations")
    await expect(chats).to_be_in_viewport()

    await alice.page.get_by_role("button", name="List of chats", exact=True).click()
    await expect(chats).not_to_be_in_viewport()
    await alice.page.reload()

    await expect(alice.page.locator("side-bar")).to_have_attribute("data-open", "false")
    await expect(chats).not_to_be_in_viewport()


async def test_a_status_region_tells_the_course_of_an_answer_and_streamed_text_is_no_live_region(
    alice: Window, upstream: Upstream
) -> None:
    upstream.script(paused("Spoken aloud? ", "status", "No."), when=asked("hear"))
    status = alice.page.get_by_role("status").and_(alice.page.locator("#status"))

    await alice.ask("Do you hear me?")
    await expect(status).to_have_text("Claude is answering")
    await expect(alice.answer).to_contain_text("Spoken aloud?")
    assert await alice.answer.evaluate(
        "e => e.closest('[aria-live], [role=status], [role=alert], [role=log]') === null"
    )
    assert await alice.answer.locator("[aria-live], [role=log]").count() == 0
    upstream.release("status")

    await expect(status).to_have_text("Answer complete")


async def test_with_reduced_motion_nothing_moves(open_window: OpenWindow, upstream: Upstream) -> None:
    upstream.script(paused("Calmly. ", "calm", "Done."), when=asked("calm"))
    window = await open_window("alice", reduced_motion="reduce")

    await window.ask("Be calm")
    await expect(window.answer).to_contain_text("Calmly.")

    moving = "document.getAnimations().filter((a) => a.effect.getComputedTiming().duration > 20).length"
    assert await window.page.evaluate(moving) == 0
    upstream.release("calm")
    await window.ended()


@THEMES
async def test_sign_in_has_no_violations(open_window: OpenWindow, theme: str) -> None:
    window = await open_window(path="/accounts/login/", color_scheme=theme)

    assert await window.axe_violations() == []


@THEMES
async def test_an_empty_chat_has_no_violations(open_window: OpenWindow, theme: str) -> None:
    window = await open_window("alice", color_scheme=theme)

    assert await window.axe_violations() == []


@THEMES
async def test_a_thread_with_every_ending_has_no_violations(
    open_window: OpenWindow, upstream: Upstream, theme: str
) -> None:
    upstream.script(spoken(PAGE), when=asked(f"rich in {theme}"))
    upstream.script(spoken("No.", stop_reason="refusal"), when=asked(f"refuse in {theme}"))
    upstream.script(Reply.error(529, "overloaded_error"), when=asked(f"fail in {theme}"))
    window = await open_window("alice", color_scheme=theme)
    for question in (f"Be rich in {theme}", f"Please refuse in {theme}", f"Please fail in {theme}"):
        await window.ask_and_read(question)

    assert await window.axe_violations() == []


@THEMES
async def test_a_streaming_answer_has_no_violations(open_window: OpenWindow, upstream: Upstream, theme: str) -> None:
    gate = f"axe-{theme}"
    upstream.script(paused(f"{PAGE}\n\n**Half", gate), when=asked(gate))
    window = await open_window("alice", color_scheme=theme)
    await window.ask(f"Stream for {gate}")
    await expect(window.answer).to_contain_text("Half")

    assert await window.axe_violations() == []
    upstream.release(gate)
    await window.ended()


@THEMES
@pytest.mark.parametrize("path", ["/no-such-page/", "/usage/"])
async def test_other_pages_have_no_violations(open_window: OpenWindow, theme: str, path: str) -> None:
    window = await open_window("alice", color_scheme=theme)
    window.tolerate("status of 404")
    await window.page.goto(path)

    assert await window.axe_violations() == []
