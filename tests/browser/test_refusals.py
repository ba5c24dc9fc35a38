"""The card of a refusal: reported by keyboard, seen by every window, there after a reload."""

from playwright.async_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.scenes import asked
from tests.browser.window import Window
from tests.upstream import Reply, Upstream, begin, end, text

DETAILS = {"type": "refusal", "category": "bio", "explanation": None}
HALFWAY = Reply.streaming(begin(), text("First you take"), end("refusal", stop_details=DETAILS))


async def test_a_refusal_is_reported_by_keyboard_and_every_window_sees_it(
    alice: Window, open_window: OpenWindow, upstream: Upstream
) -> None:
    upstream.script(HALFWAY, when=asked("a toxin"))
    await alice.ask_and_read("What is a toxin?")
    other = await open_window("alice", path=alice.page.url, viewport={"width": 390, "height": 800}, color_scheme="dark")

    await alice.answer.get_by_role("button", name="Report to admin").focus()
    await alice.page.keyboard.press("Enter")

    for window in (alice, other):
        await expect(window.answer).to_contain_text("Reported to the admin.")
        await expect(window.answer.get_by_role("button", name="Report to admin")).to_have_count(0)
    done = alice.answer.locator(".report__done")
    await expect(done).to_be_focused()
    await alice.page.keyboard.press("Tab")
    await alice.page.keyboard.type("A question of school.")
    await alice.page.keyboard.press("Enter")
    await expect(alice.answer).to_contain_text("with your note")

    await other.page.reload()
    await expect(other.answer).to_contain_text("Reported to the admin, with your note.")
    assert await other.axe_violations() == []
    assert await other.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_what_had_arrived_opens_by_keyboard(alice: Window, upstream: Upstream) -> None:
    upstream.script(HALFWAY, when=asked("a poison"))
    await alice.ask_and_read("What is a poison?")
    words = alice.answer.get_by_text("First you take")
    await expect(words).to_be_hidden()

    await alice.answer.get_by_text("Unfinished text").focus()
    await alice.page.keyboard.press("Enter")

    await expect(words).to_be_visible()
    await expect(alice.answer).to_contain_text("Charged: $")
