"""Thinking on the page: one line while it goes on, the time it took afterwards; and the person's instructions."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.scenes import asked
from tests.browser.window import Window
from tests.upstream import Gate, Reply, Upstream, begin, block_start, block_stop, end, text

LONG_LINE = "Water and ice have carved it, slowly, over many thousands of years, and the sea came in behind them. "


def thinks(name: str) -> Reply:
    return Reply.streaming(
        begin(kind="thinking"),
        text("First the ice.\n", kind="thinking"),
        Gate(f"{name} begun"),
        text(LONG_LINE * 3, kind="thinking"),
        Gate(f"{name} thought"),
        block_stop(0),
        block_start(1),
        text("A valley.", 1),
        end(index=1),
    )


async def test_one_line_follows_the_newest_thought_and_then_tells_the_time(alice: Window, upstream: Upstream) -> None:
    upstream.script(thinks("line"), when=asked("How are fjords made?"))
    await alice.ask("How are fjords made?")
    line = alice.answer.locator("thinking-line")
    await expect(line).to_have_text("First the ice.")

    upstream.release("line begun")

    await expect(line).to_have_text(re.compile("^Water and ice"))
    upstream.release("line thought")
    state = alice.answer.locator(".thinking summary")
    await expect(state).to_have_text(re.compile(r"^Thought for (under )?\d+(\.\d)? s$"))
    await expect(alice.answer.locator(".thinking__text")).to_be_hidden()
    await alice.page.reload()
    await expect(state).to_have_text(re.compile(r"^Thought for (under )?\d+(\.\d)? s$"))
    await state.click()
    await expect(alice.answer.locator(".thinking__text")).to_contain_text("First the ice.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_line_stays_one_on_a_phone(open_window: OpenWindow, upstream: Upstream, scheme: str) -> None:
    name = f"phone {scheme}"
    upstream.script(thinks(name), when=asked(f"How, on a {name}?"))
    phone = await open_window("alice", viewport={"width": 390, "height": 800}, color_scheme=scheme)
    await phone.ask(f"How, on a {name}?")
    upstream.release(f"{name} begun")
    await expect(phone.answer.locator("thinking-line")).to_have_text(re.compile("^Water and ice"))

    box = await phone.answer.locator(".thinking summary").bounding_box()

    assert box
    assert box["height"] < 40
    assert box["x"] + box["width"] <= 390
    assert await phone.axe_violations() == []
    upstream.release(f"{name} thought")
    await expect(phone.answer).to_have_attribute("data-state", "complete")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_instructions_are_written_on_a_page_that_fits_a_phone(open_window: OpenWindow, scheme: str) -> None:
    phone = await open_window("ben", path="/instructions/", viewport={"width": 390, "height": 800}, color_scheme=scheme)

    await phone.page.get_by_label("Your instructions").fill("Answer in rhymes.")
    await phone.page.get_by_role("button", name="Save", exact=True).last.click()

    await expect(phone.page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    await expect(phone.page.get_by_label("Your instructions")).to_have_value("Answer in rhymes.")
    assert await phone.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert await phone.axe_violations() == []
    await phone.page.get_by_label("Your instructions").fill("")
    await phone.page.get_by_role("button", name="Save", exact=True).last.click()
