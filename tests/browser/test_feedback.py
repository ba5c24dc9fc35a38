"""Thumbs up or down by keyboard and touch, in every window; what an answer took, request by request."""

from playwright.async_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.scenes import asked
from tests.browser.window import Window
from tests.upstream import Reply, Upstream, begin, block_start, end, spoken


async def test_feedback_by_keyboard_keeps_the_focus_and_reaches_every_window(
    alice: Window, open_window: OpenWindow
) -> None:
    await alice.ask_and_read("Is this good?")
    other = await open_window("alice", path=alice.page.url)
    good = alice.answer.get_by_role("button", name="Good answer")

    await good.focus()
    await alice.page.keyboard.press("Enter")

    for window in (alice, other):
        thumb = window.answer.get_by_role("button", name="Good answer")
        await expect(thumb).to_have_attribute("aria-pressed", "true")
    await expect(good).to_be_focused()

    await alice.answer.get_by_text("Say why").click()
    await alice.answer.get_by_label("Your reason, for the admin").fill("It is short.")
    await alice.page.keyboard.press("Enter")
    await expect(other.answer.get_by_text("Your reason")).to_be_visible()
    assert await alice.axe_violations() == []

    await good.click()
    for window in (alice, other):
        thumb = window.answer.get_by_role("button", name="Good answer")
        await expect(thumb).to_have_attribute("aria-pressed", "false")


async def test_a_thumb_is_there_on_touch_and_stays_after_a_reload(open_window: OpenWindow) -> None:
    phone = await open_window("alice", has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800})
    await phone.text.fill("Is this bad?")
    await phone.send.tap()
    await phone.ended()

    await phone.answer.get_by_role("button", name="Bad answer").tap()
    bad = phone.answer.get_by_role("button", name="Bad answer")
    await expect(bad).to_have_attribute("aria-pressed", "true")
    await phone.page.reload()

    await expect(bad).to_have_attribute("aria-pressed", "true")
    assert await phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_the_details_list_the_requests_of_an_answer_with_tools(
    open_window: OpenWindow, upstream: Upstream
) -> None:
    phone = await open_window("alice", viewport={"width": 390, "height": 800}, color_scheme="dark")
    call = block_start(0, "tool_use", id="toolu_1", name="clock", input={})
    first = Reply.streaming(begin(index=None, input_tokens=1234), call, end("tool_use"))
    upstream.script(first, when=asked("What time"))
    upstream.script(spoken("It is noon.", input_tokens=2345), when=lambda request: "toolu_1" in str(request.body))
    await phone.ask_and_read("What time is it, by the details?")

    await phone.answer.locator("summary", has_text="Details").click()

    rows = phone.answer.get_by_role("region", name="Requests of this answer").locator("tbody tr")
    await expect(rows).to_have_count(2)
    await expect(rows.first).to_contain_text("Asked for tools")
    await expect(rows.first).to_contain_text("1,234")
    await expect(rows.last).to_contain_text("2,345")
    assert await phone.axe_violations() == []
    box = await phone.answer.locator(".facts__requests").bounding_box()
    assert box
    assert box["x"] + box["width"] <= 390
