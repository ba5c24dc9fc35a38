"""Calls of tools as people see them: each a row, live and after a reload, by mouse, by keys and for a screen reader."""

import json
from collections.abc import Callable

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import OpenWindow
from tests.browser.scenes import asked
from tests.browser.window import Window
from tests.turns.toolbox import asks, found, tool_request
from tests.upstream import Gate, Reply, Request, Upstream, begin, block_start, block_stop, end, spoken, text
from tests.upstream.script import sse

HIT = {"type": "web_search_result", "url": "https://example.org/moss", "title": "Moss", "encrypted_content": "x"}
CITED = {
    "type": "web_search_result_location",
    "url": HIT["url"],
    "title": "Moss",
    "cited_text": "Moss grows.",
    "encrypted_index": "x",
}


def told(words: str) -> Callable[[Request], bool]:
    """Whether a request brings results, in a chat with these words."""
    return lambda request: "tool_result" in json.dumps(request.body) and words in json.dumps(request.body)


def rows(window: Window) -> Locator:
    return window.answer.locator("details.tool")


async def test_calls_are_rows_with_state_input_and_result_live_and_after_a_reload(
    alice: Window, upstream: Upstream
) -> None:
    upstream.script(
        Reply.streaming(
            begin(),
            text("Let me see."),
            block_stop(0),
            tool_request(1, "calculator", {"expression": "6 * 7"}),
            tool_request(2, "calculator", {"expression": "1 / 0"}),
            Gate("rows"),
            end("tool_use", index=None),
        ),
        when=asked("Reckon both"),
    )
    upstream.script(spoken("It is 42."), when=told("Reckon both"))

    await alice.ask("Reckon both")
    await expect(rows(alice)).to_have_count(2)
    await expect(rows(alice).nth(0).get_by_text("running")).to_be_visible()
    upstream.release("rows")
    await alice.ended()

    await expect(rows(alice).nth(0).locator("summary")).to_contain_text("· done · under 0.1 s")
    await expect(rows(alice).nth(1).locator("summary")).to_contain_text("failed")
    await alice.page.reload()
    row = rows(alice).nth(0)
    await expect(row.locator("pre").first).to_be_hidden()
    await row.locator("summary").focus()
    await alice.page.keyboard.press("Enter")
    await expect(row.locator("pre")).to_have_text(["expression: 6 * 7", "42"])
    await rows(alice).nth(1).locator("summary").click()
    await expect(rows(alice).nth(1).get_by_text("It divides by zero.")).to_be_visible()


async def test_a_row_that_was_opened_stays_open_when_its_result_comes(alice: Window, upstream: Upstream) -> None:
    upstream.script(
        Reply.streaming(
            begin(index=None),
            tool_request(0, "calculator", {"expression": "6 * 8"}),
            Gate("opened"),
            end("tool_use", index=None),
        ),
        when=asked("Open while it runs"),
    )
    upstream.script(Reply.streaming(begin(), text("48"), Gate("opened-on"), end()), when=told("Open while it runs"))

    await alice.ask("Open while it runs")
    await rows(alice).locator("summary").click()
    upstream.release("opened")

    await expect(rows(alice).locator("pre")).to_have_text(["expression: 6 * 8", "48"])
    upstream.release("opened-on")
    await alice.ended()


async def test_a_call_that_was_stopped_says_so(alice: Window, upstream: Upstream) -> None:
    upstream.script(
        Reply.streaming(
            begin(),
            text("One moment."),
            block_stop(0),
            tool_request(1, "web_search", {"query": "moss"}, key="srvtoolu_1", kind="server_tool_use"),
            Gate("never"),
        ),
        when=asked("Stop it"),
    )
    await alice.ask("Stop it")
    await expect(rows(alice).get_by_text("running")).to_be_visible()

    await alice.stop.click()

    await alice.ended()
    await rows(alice).locator("summary").click()
    await expect(rows(alice)).to_contain_text("did not finish")
    await expect(rows(alice)).to_contain_text("It was given up before it ended.")
    upstream.release("never")


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_rows_and_sources_have_no_violations_and_fit_a_phone(
    open_window: OpenWindow, upstream: Upstream, theme: str
) -> None:
    cited = {"type": "content_block_delta", "index": 2, "delta": {"type": "citations_delta", "citation": CITED}}
    long = "https://example.org/" + "moss/" * 40
    upstream.script(
        Reply.streaming(
            begin(index=None),
            tool_request(0, "web_search", {"query": long}, key="srvtoolu_1", kind="server_tool_use"),
            found(1, "web_search_tool_result", "srvtoolu_1", [HIT, HIT | {"url": long, "title": long}]),
            block_start(2) + text("Moss grows.", 2) + sse(cited) + block_stop(2),
            end(index=None),
        ),
        when=asked(f"Moss in {theme}"),
    )
    upstream.script(asks(("calculator", {"expression": "x" * 400})), when=asked(f"Fail in {theme}"))
    upstream.script(spoken("No."), when=told(f"Fail in {theme}"))
    phone = await open_window("alice", viewport={"width": 390, "height": 800}, color_scheme=theme)
    await phone.ask_and_read(f"Moss in {theme}")
    await phone.ask_and_read(f"Fail in {theme}")

    for row in await phone.page.locator("details.tool").all():
        await row.locator("summary").click()

    assert await phone.page.evaluate("document.documentElement.scrollWidth") <= 390
    link = phone.page.get_by_role("link", name="Moss", exact=True).first
    assert await link.get_attribute("rel") == "noopener noreferrer nofollow"
    assert await phone.axe_violations() == []


async def test_the_composer_says_which_tools_are_on(open_window: OpenWindow) -> None:
    phone = await open_window("alice", viewport={"width": 390, "height": 800})
    await phone.ready()

    await phone.page.get_by_role("button", name="Tools").click()

    listed = phone.page.locator("#offered-tools")
    await expect(listed.locator("dt")).to_have_text(["Calculator", "Clock", "Read attached text", "Search own chats"])
    box = await listed.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert await phone.axe_violations() == []
    await phone.page.keyboard.press("Escape")
    await expect(listed).to_be_hidden()
