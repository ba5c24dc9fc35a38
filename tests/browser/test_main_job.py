"""The main job, whole: a person asks Claude, with a photograph, and an admin sees to the token what it took."""

import csv
import io
import re
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.scenes import asked, paused
from tests.browser.seed import PASSWORD
from tests.browser.site import Site
from tests.browser.test_attachments import give
from tests.browser.window import Window
from tests.upstream import Hang, Reply, Upstream, Usage, begin, end, running_upstream, spoken, text

REPORT = "/admin/conversations/usageentry/report/?group_by=user,model&format=csv"


@pytest.fixture
async def new_site(tmp_path: Path) -> AsyncIterator[tuple[Site, Upstream]]:
    with running_upstream() as upstream:
        site = Site(tmp_path, upstream.base_url)
        site.start()
        yield site, upstream
        assert site.stop() == 0


def script(upstream: Upstream) -> None:
    """An answer with a pause, one from the cache, one that never ends, and a refusal, each with its usage."""
    cached: dict[str, Any] = {"cache_creation_input_tokens": 900, "cache_read_input_tokens": 4000}
    refusal = {"type": "refusal", "category": "bio", "explanation": None}
    upstream.script(paused("A lake ", "in mid-answer", "under hills."), when=asked("What is in this photograph?"))
    upstream.script(spoken("Blue.", input_tokens=700, output_tokens=5, **cached), when=asked("Which colour?"))
    stopped = Reply.streaming(begin(input_tokens=900, output_tokens=60), text("Once upon a time"), Hang())
    upstream.script(stopped, when=asked("Tell me a story."))
    declined = Reply.streaming(begin(index=None, input_tokens=33), end("refusal", index=None, stop_details=refusal))
    upstream.script(declined, when=asked("Something forbidden"))


def agrees(row: dict[str, str], counted: Usage) -> None:
    """Whether a row of the report is what the upstream counted, priced as the vendor prices it."""
    assert int(row["input_tokens"]) == counted.input_tokens
    assert int(row["cache_write_5m_tokens"]) == counted.cache_creation_input_tokens
    assert int(row["cache_read_tokens"]) == counted.cache_read_input_tokens
    assert int(row["output_tokens"]) == counted.output_tokens
    assert (
        Decimal(row["cost_usd"])
        == Decimal(4 * counted.input_tokens + 5 * counted.cache_creation_input_tokens + 20 * counted.output_tokens)
        / 1_000_000
        + Decimal("0.2") * counted.cache_read_input_tokens / 1_000_000
    )


async def sign_up(window: Window) -> None:
    await window.page.get_by_label("Email").fill("alice@example.com")
    await window.page.get_by_label("Username").fill("alice")
    for place in (0, 1):
        await window.page.locator("input[type=password]").nth(place).fill(PASSWORD)
    await window.page.keyboard.press("Enter")
    await expect(window.text).to_be_visible()
    await window.page.wait_for_load_state()  # a paste before the scripts have taken hold goes nowhere


async def test_from_a_sign_up_to_a_number_in_admin(open_window: OpenWindow, new_site: tuple[Site, Upstream]) -> None:
    site, upstream = new_site
    script(upstream)
    alice = await open_window(at=site, path="/accounts/signup/")
    await sign_up(alice)

    await give(alice, "paste")
    await expect(alice.page.locator(".chip input[name=attachments]")).to_have_count(1)
    await alice.ask("What is in this photograph?")
    await expect(alice.answer).to_contain_text("A lake")
    await alice.page.reload()
    await expect(alice.answer).to_contain_text("A lake")
    upstream.release("in mid-answer")
    await expect(alice.answer).to_contain_text("A lake under hills.")
    await alice.ended()

    await alice.ask_and_read("Which colour?")
    await alice.ask("Tell me a story.")
    await expect(alice.answer).to_contain_text("Once upon a time")
    await alice.stop.click()
    await expect(alice.answer).to_have_attribute("data-state", "stopped")
    await expect(alice.answer).to_contain_text("Once upon a time")
    await alice.ask_and_read("Something forbidden")
    await expect(alice.answer).to_have_attribute("data-state", "refused")

    download = await alice.page.context.request.get(f"{site.url}{REPORT}")
    (row,) = csv.DictReader(io.StringIO(await download.text()))
    assert (row["user"], row["model"], row["requests"], row["refusals"]) == ("alice", "claude-opus-5-5", "4", "1")
    assert row["estimated_requests"] == "1"
    agrees(row, upstream.reported)

    await alice.page.goto(f"{site.url}/admin/conversations/refusalevent/")
    await expect(alice.page.locator("#result_list")).to_contain_text(re.compile("bio"))
    (image, _) = next(filter(asked("photograph"), upstream.requests)).body["messages"][-1]["content"]
    assert image["source"]["media_type"] == "image/png"
