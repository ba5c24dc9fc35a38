"""The thread follows the answer while the reader is at its end, and nowhere else."""

import asyncio

from playwright.async_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.scenes import PARAGRAPH, asked, paused
from tests.browser.site import PATIENCE_S, Site
from tests.browser.window import Window
from tests.upstream import Upstream

LONG = f"{PARAGRAPH * 5}\n\n" * 6
NEAR_PX = 4


async def reading_a_growing_answer(alice: Window, upstream: Upstream, gate: str) -> None:
    """Alice is at the end of a long answer that pauses at `gate` and then grows by as much again."""
    upstream.script(paused(f"{LONG}Halfway.\n\n", gate, f"{LONG}The very end."), when=asked(gate))
    await alice.ask(f"A long answer about {gate}")
    await expect(alice.answer).to_contain_text("Halfway.")


async def test_sending_brings_the_question_into_view(alice: Window, upstream: Upstream) -> None:
    await reading_a_growing_answer(alice, upstream, "into-view")
    upstream.release("into-view")
    await alice.ended()
    await alice.pane.evaluate("pane => { pane.scrollTop = 0 }")

    await alice.ask("Another question")

    await expect(alice.questions.last).to_be_in_viewport()


async def test_the_end_of_a_growing_answer_stays_in_view(alice: Window, upstream: Upstream) -> None:
    await reading_a_growing_answer(alice, upstream, "follow")
    assert await alice.from_end() < NEAR_PX

    upstream.release("follow")
    await alice.ended()

    await expect(alice.page.get_by_text("The very end.")).to_be_in_viewport()
    assert await alice.from_end() < NEAR_PX


async def test_scrolling_up_even_a_little_stops_following(alice: Window, upstream: Upstream) -> None:
    await reading_a_growing_answer(alice, upstream, "stay")
    await alice.pane.hover()
    await alice.page.mouse.wheel(0, -60)
    await alice.page.wait_for_function("() => document.querySelector('auto-scroll').follows === false")
    top = await alice.pane.evaluate("pane => pane.scrollTop")

    upstream.release("stay")
    await alice.ended()

    assert abs(await alice.pane.evaluate("pane => pane.scrollTop") - top) <= 60
    assert await alice.from_end() > 200


async def test_scrolling_up_by_keyboard_stops_following_too(alice: Window, upstream: Upstream) -> None:
    await reading_a_growing_answer(alice, upstream, "keys")
    await alice.pane.focus()
    await alice.page.keyboard.press("PageUp")
    await alice.page.wait_for_function("() => document.querySelector('auto-scroll').follows === false")

    upstream.release("keys")
    await alice.ended()

    assert await alice.from_end() > 200


async def test_following_resumes_at_the_end(alice: Window, upstream: Upstream) -> None:
    await reading_a_growing_answer(alice, upstream, "resume")
    await alice.pane.hover()
    await alice.page.mouse.wheel(0, -300)
    await alice.page.wait_for_function("() => document.querySelector('auto-scroll').follows === false")
    await alice.page.mouse.wheel(0, 5000)
    await alice.page.wait_for_function("() => document.querySelector('auto-scroll').follows")

    upstream.release("resume")
    await alice.ended()

    assert await alice.from_end() < NEAR_PX


async def test_jump_to_latest_appears_200_pixels_from_the_end_and_follows_again(
    alice: Window, upstream: Upstream
) -> None:
    await reading_a_growing_answer(alice, upstream, "jump")
    jump = alice.page.get_by_role("button", name="Jump to latest")
    await expect(jump).to_be_hidden()
    await alice.pane.evaluate("pane => { pane.scrollTop = pane.scrollHeight - pane.clientHeight - 150 }")
    await expect(jump).to_be_hidden()
    await alice.pane.evaluate("pane => { pane.scrollTop = pane.scrollHeight - pane.clientHeight - 260 }")
    await expect(jump).to_be_visible()

    await jump.click()

    await expect(jump).to_be_hidden()
    assert await alice.from_end() < NEAR_PX
    upstream.release("jump")
    await alice.ended()
    assert await alice.from_end() < NEAR_PX


async def test_examples_are_shown_from_their_beginning(open_window: OpenWindow) -> None:
    low = await open_window("alice", viewport={"width": 700, "height": 420})

    await expect(low.page.get_by_text("What would you like to ask?")).to_be_in_viewport()
    await expect(low.page.get_by_role("button", name="Jump to latest")).to_be_hidden()


async def test_opening_lands_at_the_end_and_older_messages_come_without_a_jump(
    open_window: OpenWindow, site: Site
) -> None:
    window = await open_window("alice")
    has_snapshot = asyncio.Event()
    window.page.on("websocket", lambda socket: socket.on("framereceived", lambda _: has_snapshot.set()))
    await window.page.goto(site.long_chat)
    await asyncio.wait_for(has_snapshot.wait(), PATIENCE_S)  # a snapshot brings the last page, and that alone
    await expect(window.answer).to_be_in_viewport()
    assert await window.from_end() < NEAR_PX
    first = window.page.locator("#thread article").first
    await first.scroll_into_view_if_needed()
    name = await first.get_attribute("id")
    before = await window.page.locator(f"#{name}").bounding_box()
    assert before

    await window.page.get_by_role("link", name="Show earlier").click()
    await expect(window.page.locator("#thread article")).to_have_count(100)

    after = await window.page.locator(f"#{name}").bounding_box()
    assert after
    assert abs(after["y"] - before["y"]) < 80  # the link above it is gone, or another one is
