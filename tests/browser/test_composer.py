"""Writing and sending a question."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.scenes import asked, paused
from tests.browser.window import Window
from tests.upstream import Upstream


async def test_enter_sends_and_shift_enter_breaks_the_line(alice: Window) -> None:
    await alice.text.press_sequentially("one")
    await alice.text.press("Shift+Enter")
    await alice.text.press_sequentially("two")
    await expect(alice.text).to_have_value("one\ntwo")

    await alice.text.press("Enter")

    await expect(alice.questions).to_have_text(re.compile("one\ntwo"))
    await expect(alice.text).to_have_value("")


async def test_a_setting_swaps_the_two(alice: Window) -> None:
    await alice.page.get_by_role("button", name="alice").click()
    async with alice.page.expect_response("**/preferences/"):
        await alice.page.get_by_label("Enter sends").uncheck()
    await alice.page.keyboard.press("Escape")

    await alice.text.fill("one")
    await alice.text.press("Enter")
    await alice.text.press_sequentially("two")
    await expect(alice.text).to_have_value("one\ntwo")
    await alice.text.press("Shift+Enter")

    await expect(alice.questions).to_have_count(1)
    await alice.page.get_by_role("button", name="alice").click()
    async with alice.page.expect_response("**/preferences/"):
        await alice.page.get_by_label("Enter sends").check()


async def test_on_touch_enter_breaks_the_line(open_window: OpenWindow) -> None:
    phone = await open_window("alice", has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800})

    await phone.text.fill("one")
    await phone.text.press("Enter")
    await phone.text.press_sequentially("two")
    await expect(phone.text).to_have_value("one\ntwo")
    await phone.send.tap()

    await expect(phone.questions).to_have_count(1)


async def test_enter_does_not_send_while_an_input_method_composes(alice: Window) -> None:
    devtools = await alice.page.context.new_cdp_session(alice.page)
    await alice.text.focus()
    await devtools.send("Input.imeSetComposition", {"text": "にほ", "selectionStart": 2, "selectionEnd": 2})

    await alice.page.keyboard.press("Enter")

    await expect(alice.text).not_to_have_value("")
    await expect(alice.questions).to_have_count(0)


@pytest.mark.parametrize("how", ["isComposing: true", "keyCode: 229"])
async def test_enter_that_confirms_a_word_does_not_send(alice: Window, how: str) -> None:
    await alice.text.fill("にほん")

    event = f"new KeyboardEvent('keydown', {{ key: 'Enter', bubbles: true, cancelable: true, {how} }})"
    await alice.text.evaluate(f"text => text.dispatchEvent({event})")

    await expect(alice.text).to_have_value("にほん")
    await expect(alice.questions).to_have_count(0)


async def test_the_composer_grows_to_a_third_of_the_screen_and_then_scrolls(alice: Window) -> None:
    height = "e => e.getBoundingClientRect().height"
    one_line = await alice.text.evaluate(height)

    await alice.text.fill("\n".join(f"line {n}" for n in range(5)))
    five_lines = await alice.text.evaluate(height)
    await alice.text.fill("\n".join(f"line {n}" for n in range(80)))
    many_lines = await alice.text.evaluate(height)

    assert one_line < five_lines < many_lines <= 800 / 3 + 1
    assert await alice.text.evaluate("e => e.scrollHeight > e.clientHeight")


async def test_send_is_disabled_while_there_is_nothing_to_send(alice: Window) -> None:
    await expect(alice.send).to_be_disabled()
    await alice.text.fill("   \n ")
    await expect(alice.send).to_be_disabled()
    await alice.text.press("Enter")
    await expect(alice.questions).to_have_count(0)

    await alice.text.fill("something")

    await expect(alice.send).to_be_enabled()


async def test_while_an_answer_streams_one_can_write_but_not_send(alice: Window, upstream: Upstream) -> None:
    upstream.script(paused("I am speaking. ", "composer-busy", "Done."), when=asked("busy"))
    await alice.ask("Are you busy?")
    await expect(alice.stop).to_be_visible()
    await expect(alice.send).to_have_count(0)

    await alice.ask("My next question")

    await expect(alice.page.locator(".composer__hint")).to_contain_text("still answering")
    await expect(alice.text).to_have_value("My next question")
    await expect(alice.questions).to_have_count(1)
    upstream.release("composer-busy")
    await expect(alice.send).to_be_enabled()
    await expect(alice.page.locator(".composer__hint")).to_be_empty()
    await expect(alice.text).to_have_value("My next question")


async def test_a_double_click_on_send_makes_one_message(alice: Window, upstream: Upstream) -> None:
    await alice.text.fill("Twice as fast?")

    await alice.send.dblclick()
    await alice.ended()

    await expect(alice.questions).to_have_count(1)
    assert sum(map(asked("Twice as fast?"), upstream.requests)) == 1


async def test_sending_again_while_the_first_is_on_its_way_makes_one_message(alice: Window, upstream: Upstream) -> None:
    may_go = await alice.hold("**/messages/")
    await alice.text.fill("Impatient?")
    for _ in range(3):
        await alice.text.press("Enter")
    await expect(alice.send).to_be_disabled()

    may_go.set()
    await expect(alice.answers).to_have_count(1)
    await alice.ended()

    await expect(alice.questions).to_have_count(1)
    assert sum(map(asked("Impatient?"), upstream.requests)) == 1


async def test_what_is_typed_while_the_question_travels_stays(alice: Window) -> None:
    may_go = await alice.hold("**/messages/")
    await alice.ask("First thought.")
    await alice.text.press_sequentially(" Second thought.")

    may_go.set()

    await expect(alice.text).to_have_value("Second thought.")
    await expect(alice.questions).to_have_text(re.compile("First thought.$", re.M))


async def test_focus_returns_to_the_composer_after_sending_and_stopping(alice: Window, upstream: Upstream) -> None:
    upstream.script(paused("Speaking. ", "focus-stop"), when=asked("focus"))
    await alice.text.fill("Where is the focus?")

    await alice.send.click()
    await expect(alice.text).to_be_focused()
    await alice.stop.click()

    await expect(alice.answer).to_have_attribute("data-state", "stopped")
    await expect(alice.text).to_be_focused()
